using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Naq;

/// <summary>Adds middleware to a program.</summary>
public static class NaqMiddlewareExtensions
{
    extension(NaqBuilder naq)
    {
        /// <summary>Shows every job to <typeparamref name="TMiddleware"/> before it is stored. One instance a program; several in the order in which they are added, each once.</summary>
        public NaqBuilder AddEnqueueMiddleware<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
            where TMiddleware : class, IEnqueueMiddleware
        {
            ArgumentNullException.ThrowIfNull(naq);
            naq.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IEnqueueMiddleware, TMiddleware>());
            return naq;
        }

        /// <summary>Puts <typeparamref name="TMiddleware"/> around every attempt. A scoped service, unless it is registered otherwise; several in the order in which they are added, each once.</summary>
        public NaqBuilder AddRunMiddleware<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
            where TMiddleware : class, IRunMiddleware
        {
            ArgumentNullException.ThrowIfNull(naq);
            naq.Services.TryAddScoped<TMiddleware>();
            naq.Services.TryAddEnumerable(ServiceDescriptor.Singleton<RunLayer, OuterLayer<TMiddleware>>());
            return naq;
        }

        /// <summary>Puts <typeparamref name="TMiddleware"/> around every attempt of a <typeparamref name="TJob"/>, inside of what is around all jobs.</summary>
        public NaqBuilder AddRunMiddleware<TJob, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMiddleware>()
            where TJob : IJob<TJob>
            where TMiddleware : class, IRunMiddleware<TJob>
        {
            ArgumentNullException.ThrowIfNull(naq);
            naq.Services.TryAddScoped<TMiddleware>();
            naq.Services.TryAddEnumerable(ServiceDescriptor.Singleton<RunLayer, InnerLayer<TJob, TMiddleware>>());
            return naq;
        }
    }
}
