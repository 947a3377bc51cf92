using System.Text;

namespace Naq.Api.Tests;

/// <summary>Shows how a text has changed, a line each: <c>-</c> gone, <c>+</c> new, below the type that they are of.</summary>
internal static class TextDifference
{
    public static string Of(string before, string after)
    {
        var (old, now) = (before.Split('\n'), after.Split('\n'));
        var common = Common(old, now);
        var text = new StringBuilder();
        var (i, j, heading, said) = (0, 0, "", "");
        void Say(char sign, string line)
        {
            if (heading != said)
            {
                text.Append("    ").AppendLine(said = heading);
            }

            text.Append(sign).Append("   ").AppendLine(line);
        }

        while (i < old.Length || j < now.Length)
        {
            if (i < old.Length && j < now.Length && old[i] == now[j])
            {
                heading = IsHeading(old[i]) ? old[i].Trim() : heading;
                (i, j) = (i + 1, j + 1);
            }
            else if (j == now.Length || (i < old.Length && common[i + 1][j] >= common[i][j + 1]))
            {
                Say('-', old[i++]);
            }
            else
            {
                Say('+', now[j++]);
            }
        }

        return text.ToString();
    }

    private static bool IsHeading(string line) => line.Contains(" class ", StringComparison.Ordinal) || line.Contains(" interface ", StringComparison.Ordinal)
        || line.Contains(" struct ", StringComparison.Ordinal) || line.Contains(" enum ", StringComparison.Ordinal);

    /// <summary>Of each pair of ends, how many lines they have in common, in order.</summary>
    private static int[][] Common(string[] old, string[] now)
    {
        int[][] common = [.. Enumerable.Range(0, old.Length + 1).Select(_ => new int[now.Length + 1])];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = now.Length - 1; j >= 0; j--)
            {
                common[i][j] = old[i] == now[j] ? common[i + 1][j + 1] + 1 : Math.Max(common[i + 1][j], common[i][j + 1]);
            }
        }

        return common;
    }
}
