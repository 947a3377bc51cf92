using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Naq.Generators.Tests;

/// <summary>Generated metadata writes the same bytes as reflection under the same options, and reads them back.</summary>
public sealed class JsonTests
{
    private static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));

    [Fact]
    public void Scalars_are_written_as_by_reflection() => Same(new Scalars(
        true, 255, -128, short.MinValue, ushort.MaxValue, int.MinValue, uint.MaxValue, long.MinValue, ulong.MaxValue, Int128.MinValue, UInt128.MaxValue,
        (Half)1.5, 1.1f, Math.PI, 79228162514264337593543950335m, 'ä', "a \"b\" <ü>\n\U0001F600", Id, At.UtcDateTime, At, new(2026, 1, 2), new(3, 4, 5, 678),
        TimeSpan.FromTicks(123456789), new("https://example.org/a?b=c#d"), new(1, 2, 3, 4), Size.Large, Color.Green, Marks.One | Marks.Two,
        JsonElement.Parse("""{"any":[1,null,"x"]}""")));

    [Fact]
    public void Nullables_are_written_as_by_reflection()
    {
        Same(new Nullables());
        Same(new Nullables(
            false, 1, 2, 3.5, 4.5m, 'x', "t", Id, At.UtcDateTime, At, new(2026, 1, 2), new(3, 4), TimeSpan.FromDays(1), new("/relative", UriKind.Relative),
            Size.Small, Color.Red, new(1, -1), new("sku", 2, new("next")), JsonElement.Parse("null")));
    }

    [Fact]
    public void Collections_are_written_as_by_reflection() => Same(new Collections(
        [1, 2], [0, 255], ["a", "b"], [new("x")], [Size.Large], [new("y", 3)], [Id], [TimeSpan.FromSeconds(1)], [3, 1], new HashSet<string> { "s" }, [long.MaxValue],
        new() { ["k"] = 1, ["Key"] = 2 }, new Dictionary<Guid, Line> { [Id] = new("z") }, new Dictionary<Size, string[]> { [Size.Large] = ["l"] },
        ["a", null], new() { [1] = [new(1, 2), null] }, new byte[] { 1, 2, 3 }));

    [Fact]
    public void Empty_collections_are_written_as_by_reflection() => Same(new Collections(
        [], [], [], [], [], [], [], [], [], new HashSet<string>(), [], [], new Dictionary<Guid, Line>(), new Dictionary<Size, string[]>(), [], null, default));

    [Fact]
    public void Properties_of_every_kind_are_written_as_by_reflection() => Same(new Properties
    {
        Must = "m", Count = 4, Kept = "k", Plain = 5, Named = "n", Rare = null, First = 1, Words = Size.Large, Quoted = 7, Needed = 8, @class = "c",
        Inherited = "i", IPAddressCount = 2, Value = new() { A = 1, B = "b" }, Rest = new() { ["future"] = JsonElement.Parse("[1]") },
    });

    [Fact]
    public void A_struct_a_nested_type_and_an_empty_record_are_jobs()
    {
        Same(new Outer.@class.Nested(3, null, -1));
        Same(new Empty());
    }

    [Fact]
    public void Missing_members_take_the_defaults_of_the_record()
    {
        var read = Read<Defaults>("""{"required":"r"}""");

        Assert.Equal(new Defaults("r"), read);
        Same(new Defaults("r", Double: 1));
    }

    [Fact]
    public void A_missing_init_property_keeps_its_initializer()
    {
        var read = Read<Properties>("""{"must":"m","count":1,"needed":2}""");

        Assert.Equal(("kept", 3, 0), (read.Kept, read.Plain, read.Value.A));
    }

    [Fact]
    public void Members_of_a_newer_job_are_ignored_or_kept_as_the_record_says()
    {
        Assert.Equal("r", Read<Defaults>("""{"required":"r","future":{"a":[1]}}""").Required);
        Assert.Equal("[1]", Read<Properties>("""{"must":"m","count":1,"needed":2,"future":[1]}""").Rest?["future"].GetRawText());
    }

    [Theory]
    [InlineData("{}")] // a parameter without a default
    [InlineData("""{"required":null}""")] // null where the record has none
    [InlineData("""{"required":"a","required":"b"}""")]
    [InlineData("""{"required":"a","int":"x"}""")]
    [InlineData("""{"required":"a","int":null}""")]
    [InlineData("""["a"]""")]
    public void What_is_no_such_job_is_refused(string json) => _ = Assert.Throws<JsonException>(() => Read<Defaults>(json));

    [Fact]
    public void Required_members_and_depth_are_held()
    {
        _ = Assert.Throws<JsonException>(() => Read<Properties>("""{"count":1,"needed":2}"""));
        _ = Assert.Throws<JsonException>(() => Read<Properties>("""{"must":"m","count":1}"""));
        var deep = string.Concat(Enumerable.Repeat("""{"sku":"x","next":""", 70)) + "null" + new string('}', 70);
        _ = Assert.Throws<JsonException>(() => Read<Nullables>($$"""{"line":{{deep}}}"""));
    }

    [Fact]
    public void A_record_struct_is_made_by_its_parameters()
    {
        _ = Assert.Throws<JsonException>(() => Read<Outer.@class.Nested>("{}"));
        Assert.Equal(new(1, null, 5), Read<Outer.@class.Nested>("""{"x":1,"y":null}"""));
    }

    [Fact]
    public void Null_where_the_record_has_none_is_refused_when_it_is_written() =>
        _ = Assert.Throws<JsonException>(() => Write(new Defaults(null!)));

    [Fact]
    public void A_context_that_lists_the_job_writes_it_with_its_own_options()
    {
        Assert.Equal("""{"user_name":"u","version":"1.0"}""", Write(new ByContext("u", new(1, 0))));
        Assert.Equal(new ByContext("u", new(1, 0)), Read<ByContext>("""{"user_name":"u","version":"1.0"}"""));
    }

    [Fact]
    public void A_context_that_lists_a_part_writes_that_part()
    {
        var text = Write(new InPart("u", new() { ["a"] = 1 }, [new() { ["b"] = 2 }]));

        Assert.Equal("""{"userName":"u","tree":{"a":1},"trees":[{"b":2}]}""", text);
        Assert.Equal(2, Read<InPart>(text).Trees?[0]["b"]);
    }

    private static void Same<TJob>(TJob job) where TJob : IJob<TJob>
    {
        var expected = JsonSerializer.Serialize(job, Reflection<TJob>());

        var actual = Write(job);

        Assert.Equal(expected, actual);
        Assert.Equal(expected, Write(Read<TJob>(actual)));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "What the generated metadata is compared with.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "What the generated metadata is compared with.")]
    private static JsonTypeInfo<TJob> Reflection<TJob>() where TJob : IJob<TJob> =>
        (JsonTypeInfo<TJob>)new JsonSerializerOptions(TJob.JobType.Json.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() }.GetTypeInfo(typeof(TJob));

    private static string Write<TJob>(TJob job) where TJob : IJob<TJob> => JsonSerializer.Serialize(job, TJob.JobType.Json);

    private static TJob Read<TJob>(string json) where TJob : IJob<TJob> => JsonSerializer.Deserialize(json, TJob.JobType.Json)!;
}
