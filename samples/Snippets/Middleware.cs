using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Naq;

namespace Snippets;

public sealed class Tenant
{
    public string Name { get; set; } = "nobody";
}

public interface ITenantOfRequest
{
    string Name { get; }
}

public sealed class TenantHeader(ITenantOfRequest request) : IEnqueueMiddleware
{
    public ValueTask PrepareAsync(EnqueueingJob job, CancellationToken ct)
    {
        job.SetHeader("tenant", request.Name);
        return ValueTask.CompletedTask;
    }
}

public sealed class TenantScope(Tenant tenant) : IRunMiddleware
{
    public ValueTask<JobOutcome> RunAsync(RunningJob job, RunNext next, CancellationToken ct)
    {
        tenant.Name = job.Context.Headers.GetValueOrDefault("tenant", "nobody");
        return next(ct);
    }
}

public sealed class SaneSizes : IRunMiddleware<ResizeImage>
{
    public ValueTask<JobOutcome> RunAsync(ResizeImage job, RunningJob running, RunNext next, CancellationToken ct) =>
        job.Width is > 0 and <= 10_000 ? next(ct) : new(JobOutcome.Discard($"{job.Width} pixels are no width"));
}

public static class WithMiddleware
{
    public static void Compose(IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<Tenant>();
        builder.AddNaq().UseSqlite("jobs.db").AddJobs().AddWorker(["cpu"])
            .AddEnqueueMiddleware<TenantHeader>()
            .AddRunMiddleware<TenantScope>()
            .AddRunMiddleware<ResizeImage, SaneSizes>();
    }

    public static void Encrypt(IHostApplicationBuilder builder) =>
        builder.AddNaq().UseSqlite("jobs.db").AddJobs().AddEncryption(EncryptionKeys.FromFile("/run/secrets/naq-keys"));

    public static void EncryptFaster(IHostApplicationBuilder builder) =>
        builder.AddNaq().UseSqlite("jobs.db").AddJobs().AddEncryption(EncryptionKeys.FromFile("/run/secrets/naq-keys").WithSodium());

    public static void Check(IHostApplicationBuilder builder) =>
        builder.Services.AddHealthChecks()
            .AddCheck<BrokerHealthCheck>("naq-broker")
            .AddCheck<WorkerHealthCheck>("naq-worker");
}
