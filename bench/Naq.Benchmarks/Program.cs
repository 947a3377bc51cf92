using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Naq.Benchmarks;

// In this process: the rules of the house, which a project made for each run would inherit, are not for generated code.
BenchmarkSwitcher
    .FromAssembly(typeof(StoreBenchmarks).Assembly)
    .Run(["--inProcess", .. args], DefaultConfig.Instance.WithArtifactsPath(Path.Combine("artifacts", "benchmarks")));
