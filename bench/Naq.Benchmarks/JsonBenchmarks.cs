using System.Text.Json;
using BenchmarkDotNet.Attributes;

namespace Naq.Benchmarks;

[Job("bench.ship")]
public sealed partial record ShipOrder(int Id, string Customer, decimal Total, DateTimeOffset PlacedAt, IReadOnlyList<string> Lines);

/// <summary>What a payload costs on either side: the JSON that the generator writes.</summary>
[MemoryDiagnoser]
public class JsonBenchmarks
{
    private readonly ShipOrder _order = new(42, "Ada Lovelace", 99.90m, DateTimeOffset.UnixEpoch, ["tea", "biscuits", "a cup"]);
    private byte[] _bytes = [];

    [GlobalSetup]
    public void Write() => _bytes = Serialize();

    [Benchmark]
    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(_order, Json<ShipOrder>());

    [Benchmark]
    public ShipOrder? Deserialize() => JsonSerializer.Deserialize(_bytes, Json<ShipOrder>());

    private static System.Text.Json.Serialization.Metadata.JsonTypeInfo<TJob> Json<TJob>() where TJob : IJob<TJob> => TJob.JobType.Json;
}
