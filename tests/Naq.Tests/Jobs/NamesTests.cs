namespace Naq.Tests.Jobs;

public sealed class NamesTests
{
    private static readonly string Longest = new('a', 64);

    public static TheoryData<string> Good => ["default", "A", "7", "cpu-heavy_2", Longest];

    public static TheoryData<string> Bad =>
        ["", " ", "-a", "_a", "a.b", "a b", "a*", "*", ">", "a>", "ä", "a\n", "a/b", "a$", Longest + "a", "a\u202E", "ａ"];

    [Theory]
    [MemberData(nameof(Good))]
    public void A_good_name_is_a_name(string name)
    {
        Assert.True(Names.IsName(name));
        Assert.Equal(name, Names.RequireName("queue", name));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    [InlineData(null)]
    public void A_bad_name_is_refused_with_the_rule(string? name)
    {
        Assert.False(Names.IsName(name));
        var error = Assert.Throws<NaqConfigurationException>(() => Names.RequireName("queue", name));
        Assert.StartsWith($"queue name '{Printable.Escape(name)}' is not valid: use 1 to 64", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("tenant-*", true)]
    [InlineData("a*", true)]
    [InlineData("tenant-", false)]
    [InlineData("a**", false)]
    [InlineData("*a", false)]
    [InlineData("a*b", false)]
    [InlineData("-*", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_pattern_is_a_name_with_one_final_star(string? text, bool isPattern) => Assert.Equal(isPattern, Names.IsPattern(text));

    [Theory]
    [InlineData("images.resize", true)]
    [InlineData("naq.noop", true)]
    [InlineData("0_a-b.c", true)]
    [InlineData("Images", false)]
    [InlineData(".a", false)]
    [InlineData("a b", false)]
    [InlineData("a*", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_job_type_is_lower_case(string? text, bool isType)
    {
        Assert.Equal(isType, Names.IsJobType(text));
        if (!isType)
        {
            _ = Assert.Throws<NaqConfigurationException>(() => Names.RequireJobType(text));
        }
    }

    [Theory]
    [InlineData(96, true)]
    [InlineData(97, false)]
    public void A_job_type_has_at_most_96_letters(int length, bool isType) =>
        Assert.Equal(isType, Names.IsJobType(new string('a', length)));

    [Theory]
    [InlineData("cpu", "cpu", true)]
    [InlineData("cpu", "cpu2", false)]
    [InlineData("cpu", "CPU", false)]
    [InlineData("cpu*", "cpu", true)]
    [InlineData("cpu*", "cpu2", true)]
    [InlineData("cpu*", "cp", false)]
    [InlineData("*", "anything", true)]
    public void A_source_serves_its_name_or_what_begins_like_its_pattern(string source, string queue, bool matches) =>
        Assert.Equal(matches, Names.Matches(source, queue));
}
