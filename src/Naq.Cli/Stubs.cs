#pragma warning disable
using Microsoft.Extensions.Logging;
using Naq.Brokers;
namespace Naq.Brokers.Memory { 
internal sealed record MemoryBrokerOptions { public TimeSpan LeaseDuration { get; init; } }
internal static class MemoryBroker { public static Broker Open(MemoryBrokerOptions o, TimeProvider time) => throw new NotSupportedException(); } }
namespace Naq.Scaling.Provisioners { internal static class ProcessTable { public static IReadOnlyList<string> ThisProgram => [Environment.ProcessPath!]; } }
