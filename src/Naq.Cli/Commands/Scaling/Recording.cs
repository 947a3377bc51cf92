namespace Naq.Cli.Commands.Scaling;

/// <summary>Lines and their answers, alternating, so that a run can be decided again.</summary>
internal sealed class Recording(StreamWriter writer) : IDisposable
{
    /// <exception cref="NaqConfigurationException">The file cannot be made.</exception>
    public static Recording Create(string path)
    {
        try
        {
            return new(new(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"--record {Printable.Escape(path)} cannot be written: {e.Message}", e);
        }
    }

    public void Write(string line, string answer)
    {
        writer.WriteLine(line);
        writer.WriteLine(answer);
    }

    public void Dispose() => writer.Dispose();
}
