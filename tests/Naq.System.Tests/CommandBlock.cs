using System.Text;
using System.Text.RegularExpressions;

namespace Naq.System.Tests;

/// <summary>
/// A <c>bash</c> block of a guide and what the comments right above it say, which readers do not see:
/// <list type="bullet">
/// <item><c>&lt;!-- not run: REASON --&gt;</c>: none of it is run; <c>&lt;!-- not run LINE: REASON --&gt;</c>: the lines that begin so are not.</item>
/// <item><c>&lt;!-- run: A =&gt; B --&gt;</c>: B is run in place of A.</item>
/// <item><c>&lt;!-- first: COMMAND --&gt;</c>: what a reader has done before.</item>
/// <item><c>&lt;!-- naq.json: PAGE --&gt;</c>: the folder holds the first <c>json</c> block of that page.</item>
/// </list>
/// </summary>
internal sealed partial record CommandBlock(string Place, string Bash, IReadOnlyList<(string Name, string Value)> Comments)
{
    /// <summary>The lines that are not run, each with its reason.</summary>
    public IEnumerable<string> NotRun => Comments.Where(static c => c.Name.StartsWith("not run", StringComparison.Ordinal)).Select(c => $"{Place}{c.Name["not run".Length..]}: {c.Value}");

    public bool IsRun => Comments.All(static c => c.Name != "not run");

    public static IEnumerable<CommandBlock> Of(string root, string page)
    {
        var text = File.ReadAllText(Path.Combine(root, page));
        return Fence().Matches(text).Select(block =>
        {
            var above = text[..block.Index].TrimEnd().Split('\n').Reverse().TakeWhile(static line => line.StartsWith("<!-- ", StringComparison.Ordinal));
            return new CommandBlock(
                $"{page}:{text[..block.Index].Count(static c => c == '\n') + 1}",
                block.Groups[1].Value,
                [.. above.Reverse().Select(static line => Comment().Match(line)).Select(static c => (c.Groups[1].Value, c.Groups[2].Value))]);
        });
    }

    /// <summary>
    /// A program for bash. A command that runs until it is stopped does so beside the others and, once it has said a word, ends by SIGTERM after the last of them; it must end with 0 as
    /// they must. While one runs, "no such thing" (exit code 4) is asked again: a reader is slower than a script.
    /// </summary>
    public string Script()
    {
        var script = new StringBuilder("""
            exec >said 2>&1
            beside=()
            trap 'kill -KILL "${beside[@]}" 2>/dev/null; cat beside.*' EXIT
            fail() { echo "exit code $1: $2"; exit 1; }

            """);
        foreach (var line in Lines())
        {
            _ = script.AppendLine(Lasting().IsMatch(line)
                ? $"{line} >beside.${{#beside[@]}} 2>&1 & beside+=($!)"
                : $"until {line}; do code=$?; ((code == 4 && ${{#beside[@]}} > 0 && SECONDS < 30)) || fail $code {Quoted(line)}; sleep 0.2; done");
        }

        return script.Append("""
            for i in "${!beside[@]}"; do
              until [[ -s beside.$i ]] || ! kill -0 "${beside[i]}"; do sleep 0.1; done
              kill -TERM "${beside[i]}"
            done
            for process in "${beside[@]}"; do wait "$process" || fail $? "what ran beside, after SIGTERM"; done
            beside=()
            """).ToString();
    }

    private IEnumerable<string> Lines()
    {
        var (lines, left) = (Bash.Replace("\\\n", " ", StringComparison.Ordinal), Comments.Select(static c => c.Name).Where(static name => name.StartsWith("not run ", StringComparison.Ordinal)));
        foreach (var (_, change) in Comments.Where(static c => c.Name == "run"))
        {
            var (from, to) = (change.Split(" => ")[0], change.Split(" => ")[1]);
            Assert.Contains(from, lines, StringComparison.Ordinal);
            lines = lines.Replace(from, to, StringComparison.Ordinal);
        }

        return Comments.Where(static c => c.Name == "first").Select(static c => c.Value)
            .Concat(lines.Split('\n').Select(static line => Remark().Replace(line, "").Trim()).Where(static line => line.Length > 0))
            .Where(line => !left.Any(name => line.StartsWith(name["not run ".Length..], StringComparison.Ordinal)));
    }

    private static string Quoted(string line) => $"'{line.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex("^```bash\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("^<!-- (.+?): (.+) -->$")]
    private static partial Regex Comment();

    /// <summary>Commands that run until they are stopped.</summary>
    [GeneratedRegex(@"^(\./)?naq (worker|up|monitor|autoscale(?! decide))\b")]
    private static partial Regex Lasting();

    [GeneratedRegex(@"(^|\s+)#\s.*$")]
    private static partial Regex Remark();
}
