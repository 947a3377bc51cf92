using Naq.Brokers;

namespace Naq.Tests.Jobs;

public sealed class UniqueKeyTests
{
    [Fact]
    public void Neighbouring_keys_begin_alike_and_all_differ()
    {
        var keys = Enumerable.Range(1200, 100).Select(static number => Hash("test.job", $"order-{number}")).ToList();

        Assert.Equal(100, keys.Distinct().Count());
        Assert.Single(keys.Select(static key => key[..8]).Distinct());
    }

    [Fact]
    public void Keys_that_are_no_neighbours_and_other_types_begin_otherwise()
    {
        string[] keys = [Hash("test.job", "order-1200"), Hash("test.job", "order-1300"), Hash("test.other", "order-1200"), Hash("test.job", "order-12000")];

        Assert.Equal(4, keys.Select(static key => key[..8]).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("42")]
    [InlineData("ключ")]
    public void Short_keys_are_keys_of_their_type(string key)
    {
        Assert.NotEqual(Hash("test.job", key), Hash("test.other", key));
        Assert.NotEqual(Hash("test.job", key), Hash("test.job", key + "1"));
    }

    // Brokers keep it: two builds that disagree would run a job twice.
    [Fact]
    public void The_hash_is_the_same_on_every_machine() => Assert.Equal("394554a2c6c5de4e4b08a84d16dbd667", Hash("test.job", "order-1234"));

    private static string Hash(string type, string key) => UniqueKey.Of(type, new(key)).Hash.ToString("N");
}
