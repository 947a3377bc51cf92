using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Brokers;

namespace Naq.Cli.Invoking;

/// <summary>The container of one run: what the program registered.</summary>
internal static class ProgramServices
{
    /// <summary>Registers the client, what <paramref name="builtIn"/> adds and the program's own.</summary>
    public static ServiceProvider Build(Invocation run, Broker broker, Action<NaqBuilder>? builtIn = null)
    {
        var services = new ServiceCollection()
            .AddSingleton(run.Shell.Time)
            .AddSingleton(run.Loggers)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSingleton<IJobClient>(provider => new JobClient(broker, run.Shell.Time, provider));
        var naq = new NaqBuilder(services);
        builtIn?.Invoke(naq);
        run.Configure?.Invoke(naq);
        return services.BuildServiceProvider();
    }
}
