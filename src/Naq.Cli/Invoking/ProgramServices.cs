using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Naq.Cli.Shells;
using Naq.Encryption;

namespace Naq.Cli.Invoking;

/// <summary>The container of one run: what the program registered, and what the environment adds.</summary>
internal static class ProgramServices
{
    /// <summary>The payload keys that the environment holds; null: none.</summary>
    /// <exception cref="NaqConfigurationException">They are not valid.</exception>
    public static EncryptionKeys? Keys(Shell shell)
    {
        var environment = new EnvironmentOptions(shell);
        var text = environment.Secret(EncryptionKeys.Variable);
        environment.ThrowIfWrong();
        return text is null ? null : EncryptionKeys.Parse(text).WithSodium();
    }

    /// <summary>Registers the client, what <paramref name="builtIn"/> adds, the program's own, and encryption where keys are in the environment and the program brought none.</summary>
    /// <remarks>The broker need not be open yet: the client asks for it.</remarks>
    public static ServiceProvider Build(Invocation run, EncryptionKeys? keys, Action<NaqBuilder>? builtIn = null)
    {
        var services = new ServiceCollection()
            .AddSingleton(run.Shell.Time)
            .AddSingleton(run.Loggers)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSingleton<Dependencies>()
            .AddSingleton<IJobClient>(provider => new JobClient(run.Opened, run.Shell.Time, provider));
        var naq = new NaqBuilder(services);
        builtIn?.Invoke(naq);
        run.Configure?.Invoke(naq);
        if (keys is not null && !services.Any(static service => service.ServiceType == typeof(PayloadEncryption)))
        {
            _ = naq.AddEncryption(keys);
        }

        return services.BuildServiceProvider();
    }
}
