using System.CommandLine;
using Naq.Cli.Invoking;
using Naq.Cli.Parsing;
using Naq.Scaling.Decisions.Deciders;
using Naq.Scaling.Pools;

namespace Naq.Cli.Commands.Scaling;

/// <summary>Whose decisions: policies by name, or a pool of a configuration file.</summary>
internal sealed class PolicyOptions
{
    private readonly Option<string?> _policy = Opt.Text(
        "--policy", "NAME", $"Who decides, several joined by + (default: auto): {string.Join(", ", StandardPolicies.Names)}.");

    private readonly Option<string?> _config = Opt.Text("--config", "FILE", "Take policies and limiters from this file's pool instead.");
    private readonly Option<string?> _pool = Opt.Name("--pool", "pool", "The pool of --config (default: its only one).");

    public void AddTo(Command command)
    {
        command.Add(_policy);
        command.Add(_config);
        command.Add(_pool);
    }

    /// <summary>The pool of a caller who says what is promised.</summary>
    public Func<DeciderInit, PoolConfig> Read(Invocation run)
    {
        if (run.Get(_config) is { } file)
        {
            if (run.Get(_policy) is not null)
            {
                throw new NaqConfigurationException("--policy and --config both say who decides. Keep one.");
            }

            var configured = Find(ScalingConfigReader.ReadFile(Path.GetFullPath(file, run.Shell.Directory)), run.Get(_pool), file);
            return _ => configured;
        }

        var policy = run.Get(_policy) ?? StandardPolicies.Auto;
        _ = StandardPolicies.Parse(policy, 0.99, TimeSpan.FromSeconds(1), 1);
        return init => Make(policy, init);
    }

    /// <summary>What to call them.</summary>
    public string NameOf(Invocation run) => run.Get(_config) is { } file ? run.Get(_pool) ?? Path.GetFileNameWithoutExtension(file) : run.Get(_policy) ?? "latency";

    /// <summary>A pool that follows named policies.</summary>
    public static PoolConfig Make(string policy, DeciderInit init) => new()
    {
        Name = "pool",
        Queues = ["pool"],
        Policies = StandardPolicies.Parse(policy, init.SloTarget, TimeSpan.FromSeconds(init.SloWaitS), Math.Max(1, init.InitialWorkers)),
    };

    private static PoolConfig Find(ScalingConfig config, string? name, string file)
    {
        var names = string.Join(", ", config.Pools.Select(static p => p.Name));
        return name is null
            ? config.Pools is [var only] ? only : throw new NaqConfigurationException($"{file} has {config.Pools.Length} pools: name one with --pool: {names}.")
            : config.Pools.FirstOrDefault(p => p.Name == name) ?? throw new NaqConfigurationException($"{file} has no pool '{name}'. It has: {names}.");
    }
}
