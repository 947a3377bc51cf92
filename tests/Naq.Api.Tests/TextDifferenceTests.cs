namespace Naq.Api.Tests;

public sealed class TextDifferenceTests
{
    [Fact]
    public void A_change_shows_with_its_type()
    {
        const string before = " public class A\n  int One;\n  int Two;\n public class B\n  int Three;";
        const string after = " public class A\n  int One;\n  long Two;\n public class B\n  int Three;\n  int Four;";

        var difference = TextDifference.Of(before, after).ReplaceLineEndings("\n");

        Assert.Equal("    public class A\n-     int Two;\n+     long Two;\n    public class B\n+     int Four;\n", difference);
    }

    [Fact]
    public void What_is_the_same_shows_nothing() => Assert.Equal("", TextDifference.Of("a\nb", "a\nb"));
}
