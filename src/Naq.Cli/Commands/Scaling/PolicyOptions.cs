using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Pools;

namespace Naq.Cli.Commands.Scaling;

/// <summary>Whose decisions: policies by name, or a pool of a configuration file.</summary>
/// <param name="several">Whether more than one may be named, side by side.</param>
internal sealed class PolicyOptions(bool several = false)
{
    private readonly Option<string[]> _policy = new("--policy")
    {
        Description = $"Who decides, joined by + where the highest shall win, with settings where wanted, such as threshold:up=20,down=5 (default: auto): {string.Join(", ", StandardPolicies.Names)}.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = several,
        Arity = several ? ArgumentArity.OneOrMore : ArgumentArity.ExactlyOne,
        CustomParser = static result => [.. result.Tokens.Select(static token => token.Value)],
    };

    private readonly Option<string?> _config = Opt.Text("--config", "FILE", several
        ? "Take policies and limiters from this file's pool; beside --policy where that is named too."
        : "Take policies and limiters from this file's pool instead.");

    private readonly Option<string?> _pool = Opt.Name("--pool", "pool", "The pool of --config (default: its only one).");

    public void AddTo(Command command)
    {
        command.Add(_policy);
        command.Add(_config);
        command.Add(_pool);
    }

    /// <summary>The one choice that was made; null: none.</summary>
    public PolicyChoice? Read(Invocation run) => (run.Get(_policy) ?? []).Length + (run.Get(_config) is null ? 0 : 1) > 1
        ? throw new NaqConfigurationException("--policy and --config name more than one to decide. Keep one.")
        : ReadAll(run) is [var only] ? only : null;

    /// <summary>Every choice that was made, in order.</summary>
    public IReadOnlyList<PolicyChoice> ReadAll(Invocation run)
    {
        var choices = (run.Get(_policy) ?? []).Select(PolicyChoice.Of).ToList();
        if (run.Get(_config) is { } file)
        {
            var path = Path.GetFullPath(file, run.Shell.Directory);
            choices.Add(PolicyChoice.Of(ReadFile(path), run.Get(_pool), file));
        }

        return choices;
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NaqConfigurationException($"{Printable.Escape(path)} cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>Who decides: so that a recording can keep it.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Policy">The policies as they were named; null: a pool of <paramref name="Config"/>.</param>
/// <param name="Config">The configuration, UTF-8.</param>
/// <param name="PoolName">The pool in it.</param>
/// <param name="Pool">Makes the pool for a caller who says what is promised.</param>
internal sealed record PolicyChoice(string Name, string? Policy, ReadOnlyMemory<byte> Config, string? PoolName, Func<DeciderInit, PoolConfig> Pool)
{
    public static PolicyChoice Auto { get; } = Of(StandardPolicies.Auto) with { Name = "latency" };

    /// <exception cref="NaqConfigurationException">It is not known, or a setting of it is wrong.</exception>
    public static PolicyChoice Of(string policy)
    {
        _ = StandardPolicies.Parse(policy, 0.99, TimeSpan.FromSeconds(1), 1);
        return new(policy, policy, default, null, init => new()
        {
            Name = "pool",
            Queues = ["pool"],
            Policies = StandardPolicies.Parse(policy, init.SloTarget, TimeSpan.FromSeconds(init.SloWaitS), Math.Max(1, init.InitialWorkers)),
        });
    }

    /// <exception cref="NaqConfigurationException">Something in it is wrong, or it has no such pool.</exception>
    public static PolicyChoice Of(ReadOnlyMemory<byte> config, string? pool, string source)
    {
        var found = Find(ScalingConfigReader.Read(config), pool, source);
        return new(found.Name, null, config, found.Name, _ => found);
    }

    private static PoolConfig Find(ScalingConfig config, string? name, string file)
    {
        var names = string.Join(", ", config.Pools.Select(static p => p.Name));
        return name is null
            ? config.Pools is [var only] ? only : throw new NaqConfigurationException($"{file} has {config.Pools.Length} pools: name one with --pool: {names}.")
            : config.Pools.FirstOrDefault(p => p.Name == name) ?? throw new NaqConfigurationException($"{file} has no pool '{name}'. It has: {names}.");
    }
}
