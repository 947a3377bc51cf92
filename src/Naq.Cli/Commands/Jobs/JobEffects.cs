using Naq.Cli.Invoking;
using Naq.Cli.Output;
using Naq.Cli.Shells;

namespace Naq.Cli.Commands.Jobs;

/// <summary>What became of one job of a command that takes several.</summary>
/// <param name="Outcome">A word for it.</param>
/// <param name="Code">The exit code, were it the only one.</param>
internal readonly record struct JobEffect(string Outcome, int Code);

/// <summary>Does the same to each job of a list: one answer a job; exit 7 where only some went well.</summary>
internal static class JobEffects
{
    public static async Task<int> ApplyAsync(Invocation run, JobId[] ids, Func<IJobClient, JobId, ValueTask<JobEffect>> apply, CancellationToken ct)
    {
        var client = await run.ClientAsync(ct).ConfigureAwait(false);
        var (answers, failures) = (new List<JobAnswer>(), new List<int>());
        foreach (var id in ids)
        {
            var effect = await apply(client, id).ConfigureAwait(false);
            answers.Add(new(id.ToString(), effect.Outcome));
            if (effect.Code != ExitCodes.Ok)
            {
                failures.Add(effect.Code);
            }
        }

        await run.Output.ManyAsync(JobAnswer.View, answers, ct).ConfigureAwait(false);
        return failures.Count == 0 ? ExitCodes.Ok : failures.Count == ids.Length ? failures[0] : ExitCodes.PartlyDone;
    }
}
