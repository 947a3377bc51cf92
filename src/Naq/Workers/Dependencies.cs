using System.Collections.Immutable;

namespace Naq;

/// <summary>
/// Where handlers say that something they need is away, such as a database behind an open circuit: the <c>breaker</c> of their pool then adds no worker
/// and raises an alert. A service of every worker program; thread-safe.
/// </summary>
/// <remarks>Fits a circuit breaker's callbacks (Polly: <c>OnOpened</c>, <c>OnClosed</c>). What is opened stays so until it is closed, or the process ends.</remarks>
public sealed class Dependencies
{
    private ImmutableSortedSet<string> _open = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The first of those that are away, by name; null: none is.</summary>
    internal string? Open => Volatile.Read(ref _open) is { Count: > 0 } open ? open[0] : null;

    /// <summary>It is away. Saying so twice is fine.</summary>
    /// <param name="name">1 to 64 letters, digits, '_' or '-', the first a letter or digit.</param>
    /// <exception cref="NaqConfigurationException">The name is not valid.</exception>
    public void Opened(string name)
    {
        if (!Names.IsName(name))
        {
            throw new NaqConfigurationException($"dependency '{Printable.Escape(name)}' is not valid: use 1 to 64 letters, digits, '_' or '-', the first a letter or digit.");
        }

        _ = ImmutableInterlocked.Update(ref _open, static (open, name) => open.Add(name), name);
    }

    /// <summary>It is there again; one that was not away is no error.</summary>
    public void Closed(string name) => _ = ImmutableInterlocked.Update(ref _open, static (open, name) => open.Remove(name), name);
}
