namespace Naq.Tests;

/// <summary>The <c>naq</c> program that tests start.</summary>
internal static class NaqProgram
{
    /// <summary>What <c>./naq</c> publishes, where <c>./test</c> says so: compiled ahead and trimmed, as a user has it. Else the one beside the tests.</summary>
    public static string Path { get; } =
        Environment.GetEnvironmentVariable("NAQ_TEST_PROGRAM") ?? global::System.IO.Path.Combine(AppContext.BaseDirectory, "Naq.Tool");
}
