namespace Naq.Cli.Configuring;

/// <summary>Who has set a setting, the strongest first.</summary>
internal enum Origin
{
    /// <summary>An option of this command line.</summary>
    Flag,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary><c>naq.json</c> in the working folder.</summary>
    File,

    /// <summary>Nobody.</summary>
    Default,
}

/// <summary>A setting as it is in force.</summary>
/// <param name="Name">What it is called here.</param>
/// <param name="Value">As it was written, a secret masked; null: there is none, and no limit follows.</param>
/// <param name="Origin">Who has set it.</param>
/// <param name="Source">The option, variable or file; of a default, the variable that would change it.</param>
internal sealed record Setting(string Name, string? Value, Origin Origin, string Source);
