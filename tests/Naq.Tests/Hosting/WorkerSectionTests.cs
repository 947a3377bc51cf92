using Microsoft.Extensions.Configuration;

namespace Naq.Tests.Hosting;

public sealed class WorkerSectionTests
{
    [Fact]
    public void A_worker_takes_its_options_from_the_configuration()
    {
        var options = new WorkerOptions();

        var queues = WorkerSection.Read(
            Configuration(
                ("Queues:0", "mail"), ("Queues:1", "tenant-*"), ("Name", "w1"), ("Concurrency", "7"), ("DrainTimeout", "1m"), ("MaxAge", "01:00:00"),
                ("MaxJobs", "1000"), ("MaxMemory", "2GiB"), ("LogLines", "0")),
            options);

        Assert.Equal(["mail", "tenant-*"], queues!.Select(static queue => queue.NameOrPattern));
        Assert.Equal(
            ("w1", 7, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), 1000L, 2L << 30, 0),
            (options.Name, options.Concurrency, options.DrainTimeout, options.MaxAge, options.MaxJobs, options.MaxMemoryBytes, options.LogLines));
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var wrong = Assert.Throws<NaqConfigurationException>(() => WorkerSection.Read(Configuration(("Concurency", "7"), ("DrainTimeout", "soon"), ("MaxJobs", "0")), new()));

        Assert.Equal(3, wrong.Message.Split('\n').Length);
        Assert.Contains("Naq.Worker.Concurency is not known here. Did you mean Concurrency?", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Naq.Worker.DrainTimeout is \"soon\", but must be a duration", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_section_nothing_changes()
    {
        var options = new WorkerOptions();

        Assert.Null(WorkerSection.Read(null, options));
        Assert.Null(WorkerSection.Read(new ConfigurationBuilder().Build(), options));
        Assert.Equal(Environment.ProcessorCount, options.Concurrency);
    }

    private static IConfiguration Configuration(params (string Key, string Value)[] pairs) =>
        new ConfigurationBuilder().AddInMemoryCollection(pairs.Select(static pair => KeyValuePair.Create("Naq:Worker:" + pair.Key, (string?)pair.Value))).Build();
}
