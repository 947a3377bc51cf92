using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Naq.Cli.BuiltIns;

/// <summary>Runs one program to its end. Exit code 0 is done, with stdout as the result; 75 (EX_TEMPFAIL) asks for a retry; all others fail the attempt.</summary>
internal sealed class ExecHandler(ExecPolicy policy, ExecGuard guard) : IJobHandler<Exec>
{
    private const int MaxResultBytes = 64 * 1024;
    private const int MaxErrorBytes = 4 * 1024;
    private const int TryAgain = 75;

    public async ValueTask<JobOutcome> HandleAsync(Exec job, JobContext context, CancellationToken ct)
    {
        if (job.Fault() is { } fault)
        {
            return JobOutcome.Discard(fault);
        }

        if (policy.Find(job.Command[0]) is not { } program)
        {
            return JobOutcome.Discard($"this worker does not allow '{Printable.Escape(job.Command[0])}': start it with --allow-exec");
        }

        guard.Arm();
        using var process = Process.Start(StartInfo(program, job, context))
            ?? throw new InvalidOperationException($"'{program}' did not start.");
        guard.Started(process.Id);
        try
        {
            var (result, error) = await TalkAsync(process, job, ct).ConfigureAwait(false);
            return process.ExitCode switch
            {
                0 => result.Length == 0 ? JobOutcome.Done : JobOutcome.DoneWith(AsJson(result)),
                TryAgain => JobOutcome.Retry(reason: "exit code 75"),
                var code => throw new InvalidOperationException($"exit code {code}: {Encoding.UTF8.GetString(error).Trim()}"),
            };
        }
        finally
        {
            guard.Ended(process.Id);
        }
    }

    private static ProcessStartInfo StartInfo(string program, Exec job, JobContext context)
    {
        var start = new ProcessStartInfo(program, job.Command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NAQ_JOB_ID"] = context.Id.ToString();
        start.Environment["NAQ_ATTEMPT"] = context.Attempt.ToString(CultureInfo.InvariantCulture);
        start.Environment["NAQ_FENCE"] = context.Fence.ToString(CultureInfo.InvariantCulture);
        start.Environment["NAQ_QUEUE"] = context.Queue;
        start.Environment["NAQ_WORKER_ID"] = context.Worker;
        start.Environment["NAQ_WORKER_PID"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return start;
    }

    private static async Task<(byte[] Result, byte[] Error)> TalkAsync(Process process, Exec job, CancellationToken ct)
    {
        try
        {
            var result = ReadAsync(process.StandardOutput.BaseStream, MaxResultBytes, ct);
            var error = ReadAsync(process.StandardError.BaseStream, MaxErrorBytes, ct);
            await WriteAsync(process.StandardInput.BaseStream, job.Stdin, ct).ConfigureAwait(false);
            _ = await Task.WhenAll(result, error).ConfigureAwait(false);
            await process.WaitForExitAsync(ct).ConfigureAwait(false);
            return (await result.ConfigureAwait(false), await error.ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task WriteAsync(Stream stdin, JsonElement? input, CancellationToken ct)
    {
        try
        {
            await using (stdin.ConfigureAwait(false))
            {
                if (input is { ValueKind: not JsonValueKind.Null } value)
                {
                    var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(); // a string element is never null
                    await stdin.WriteAsync(Encoding.UTF8.GetBytes(text), ct).ConfigureAwait(false);
                }
            }
        }
        catch (IOException)
        {
            // The program ended, or closed its stdin, without reading all of it: its exit code decides.
        }
    }

    // Reads to the end, so that the program never blocks on a full pipe, and keeps the beginning.
    private static async Task<byte[]> ReadAsync(Stream stream, int keep, CancellationToken ct)
    {
        var (kept, length) = (new byte[keep], 0);
        var block = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(block, ct).ConfigureAwait(false)) > 0)
        {
            var fits = Math.Min(read, keep - length);
            block.AsSpan(0, fits).CopyTo(kept.AsSpan(length));
            length += fits;
        }

        return kept[..length];
    }

    private static byte[] AsJson(byte[] output)
    {
        try
        {
            using var document = JsonDocument.Parse(output);
            return output;
        }
        catch (JsonException)
        {
            return [(byte)'"', .. JsonEncodedText.Encode(Encoding.UTF8.GetString(output)).EncodedUtf8Bytes, (byte)'"'];
        }
    }
}
