namespace Naq.Tests;

/// <summary>Texts of the repository that are drawn from code: compared, or written anew where <c>NAQ_UPDATE=1</c> is set.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot(AppContext.BaseDirectory);

    public static void AssertSame(string path, string drawn)
    {
        var file = Path.Combine(Root, path);
        if (Environment.GetEnvironmentVariable("NAQ_UPDATE") == "1")
        {
            File.WriteAllText(file, drawn);
        }

        var kept = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(drawn == kept, $"{path} is not what the code says. Run the tests with NAQ_UPDATE=1, and read the difference:\n{drawn}");
    }

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "Naq.slnx"))
            ? folder
            : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository."));
}
