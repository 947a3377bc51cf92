using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Naq.Encryption;

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

        /// <summary>Encrypts the payload of every job that this program enqueues, and decrypts those that it runs. Next to the broker: other middleware sees plain payloads.</summary>
        /// <param name="keys">The first one encrypts, all decrypt.</param>
        /// <param name="isRequired">Whether jobs that came unencrypted are refused: dead, and not run. Default: they run, so that encryption can be turned on while jobs wait.</param>
        /// <remarks>
        /// AES-256-GCM; bound to the job's id and type. An encrypted payload is 31 bytes and the key's id longer; the limit of 256 KiB is for what is stored.
        /// Results, checkpoints, notes, errors, logs, tags, headers and the hash of a unique key are not encrypted.
        /// </remarks>
        /// <exception cref="NaqConfigurationException">Encryption was added already.</exception>
        public NaqBuilder AddEncryption(EncryptionKeys keys, bool isRequired = false)
        {
            ArgumentNullException.ThrowIfNull(naq);
            ArgumentNullException.ThrowIfNull(keys);
            if (naq.Services.Any(static service => service.ServiceType == typeof(PayloadEncryption)))
            {
                throw new NaqConfigurationException("AddEncryption() was called twice. Call it once, with all keys.");
            }

            naq.Services.AddSingleton(new PayloadEncryption(keys, isRequired));
            return naq;
        }
    }
}
