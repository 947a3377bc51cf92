#pragma warning disable
using Microsoft.Extensions.Logging;
using Naq.Brokers;
namespace Naq.Brokers.Memory { 
internal sealed record MemoryBrokerOptions { public TimeSpan LeaseDuration { get; init; } }
internal static class MemoryBroker { public static Broker Open(MemoryBrokerOptions o, TimeProvider time) => throw new NotSupportedException(); } }
namespace Naq { internal static class Quantities {
 public static bool TryParseDuration(string text, out TimeSpan value) => TimeSpan.TryParse(text, out value);
 public static bool TryParseSize(string text, out long value) => long.TryParse(text, out value); } }
