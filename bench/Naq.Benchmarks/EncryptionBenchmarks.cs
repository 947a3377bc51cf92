using BenchmarkDotNet.Attributes;
using Naq.Encryption;

namespace Naq.Benchmarks;

/// <summary>What encryption costs a job on either side, by each library.</summary>
[MemoryDiagnoser]
public class EncryptionBenchmarks
{
    private static readonly JobId Id = JobId.New(TimeProvider.System);

    private PayloadEncryption _encryption = PayloadEncryption.WithoutKeys;
    private byte[] _payload = [];
    private byte[] _envelope = [];

    [Params(2, 1024)]
    public int Bytes { get; set; }

    [Params(false, true)]
    public bool Sodium { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var keys = EncryptionKeys.Parse("bench:" + EncryptionKeys.NewKey());
        _encryption = new(Sodium ? keys.WithSodium() : keys, isRequired: true);
        _payload = new byte[Bytes];
        _envelope = Seal();
    }

    [Benchmark]
    public byte[] Seal() => _encryption.Seal(Id, "bench.encrypted", _payload);

    [Benchmark]
    public int Open() => _encryption.Open(Id, "bench.encrypted", _envelope).Payload.Length;
}
