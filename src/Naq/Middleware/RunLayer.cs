using Microsoft.Extensions.DependencyInjection;

namespace Naq;

/// <summary>A run middleware's registration.</summary>
internal abstract class RunLayer;

/// <summary>One for every job type.</summary>
internal abstract class OuterLayer : RunLayer
{
    public abstract IRunMiddleware Resolve(IServiceProvider scope);
}

internal sealed class OuterLayer<TMiddleware> : OuterLayer where TMiddleware : class, IRunMiddleware
{
    public override IRunMiddleware Resolve(IServiceProvider scope) => scope.GetRequiredService<TMiddleware>();
}

/// <summary>One for a single job type.</summary>
internal abstract class InnerLayer<TJob> : RunLayer where TJob : IJob<TJob>
{
    public abstract IRunMiddleware<TJob> Resolve(IServiceProvider scope);
}

internal sealed class InnerLayer<TJob, TMiddleware> : InnerLayer<TJob>
    where TJob : IJob<TJob>
    where TMiddleware : class, IRunMiddleware<TJob>
{
    public override IRunMiddleware<TJob> Resolve(IServiceProvider scope) => scope.GetRequiredService<TMiddleware>();
}
