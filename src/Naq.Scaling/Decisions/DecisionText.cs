using System.Globalization;
using Naq.Scaling.Policies;

namespace Naq.Scaling.Decisions;

/// <summary>Puts a decision into words.</summary>
internal static class DecisionText
{
    /// <summary>One line, such as <c>12 → 15: 58.2 slots (15 workers) so that no job misses its deadline (latency); hold kept …</c>.</summary>
    public static string Explain(Decision decision)
    {
        var move = decision.IsChange ? $"{decision.From} → {decision.To}" : $"stays at {decision.To}";
        var parts = new List<string> { Override(decision) ?? Winner(decision) };
        parts.AddRange(decision.Steps.Select(step => Say(step, decision)));
        return $"{move}: {string.Join("; ", parts)}";
    }

    /// <summary>All of it: the line above, what every policy proposed, and what was seen.</summary>
    public static IReadOnlyList<string> ExplainFully(Decision decision) =>
    [
        Explain(decision),
        .. decision.Proposals.Select(static p => $"{p.Policy} proposed {Slots(p)} ({p.Reason}{Numbers(p.Numbers)})"),
        .. decision.Steps.Select(static s => $"{s.Limiter} made {s.From} into {s.To} ({s.Reason}{Numbers(s.Numbers)}); without it: {s.Without}"),
        Load(decision),
        Fleet(decision),
    ];

    private static string Slots(Proposal proposal) => proposal.Slots is { } slots ? $"{Number(slots)} slots" : "nothing";

    private static string? Override(Decision decision) =>
        decision.Override?.Workers is { } workers ? $"{workers} workers ordered by hand" : null;

    private static string Winner(Decision decision)
    {
        if (decision.Held is null && decision.Proposals.MaxBy(static p => p.Slots) is { Slots: { } slots } winner)
        {
            return $"{Number(slots)} slots ({decision.Wish} workers) {Why(winner)} ({winner.Policy})";
        }

        var gap = decision.Proposals.FirstOrDefault(static p => p is { Slots: null, IsAbstention: false });
        return gap is null
            ? $"held, as nothing is known of the past ({decision.Proposals[0].Policy})"
            : $"held, as {Missing(decision)} is unknown ({gap.Policy})";
    }

    private static string Why(Proposal proposal) => proposal.Reason switch
    {
        Reasons.Deadline => "needed for the oldest job's deadline",
        Reasons.Panic => "needed at once: jobs wait beyond the goal",
        Reasons.Occupancy => "are kept busy by the load",
        Reasons.StartUp => "for the jobs there are, while their length is unknown",
        Reasons.Threshold => ThresholdWhy(proposal.Numbers),
        Reasons.Spike => "needed for a burst that comes back about now",
        Reasons.Backlog => $"for {Number(proposal.Numbers.GetValueOrDefault("open_jobs"))} open jobs, {Number(proposal.Numbers.GetValueOrDefault("per_worker"))} a worker",
        Reasons.Budget => $"with {Number(proposal.Numbers.GetValueOrDefault("spare_slots"))} slots free for a burst, "
            + $"{Number(proposal.Numbers.GetValueOrDefault("spare_worker_hours_per_day"))} worker-hours a day",
        Reasons.Schedule => "scheduled for this time",
        Reasons.Season => Season(proposal.Numbers, "forecast"),
        Reasons.Predictive => Season(proposal.Numbers, "usual at that hour of the week"),
        Reasons.Breaker => "are no use: the running jobs do not end",
        Reasons.BreakEven => "are still worth keeping",
        Reasons.Static => "as configured",
        _ => proposal.Reason,
    };

    private static string Season(IReadOnlyDictionary<string, double> numbers, string how) =>
        $"for the {Number(numbers.GetValueOrDefault("jobs_per_second"))} jobs/s {how} {Number(numbers.GetValueOrDefault("lookahead_seconds") / 60)} min ahead";

    private static string ThresholdWhy(IReadOnlyDictionary<string, double> numbers)
    {
        var pending = Number(numbers.GetValueOrDefault("pending"));
        return numbers.GetValueOrDefault("change") switch
        {
            > 0 => $"as {pending} pending are above {Number(numbers.GetValueOrDefault("up"))}",
            < 0 => $"as {pending} pending are low enough for one worker less",
            _ => $"as {pending} pending are within bounds",
        };
    }

    private static string Say(LimitStep step, Decision decision) => step.Reason switch
    {
        Reasons.Hold when step.To > step.From =>
            $"hold keeps {step.To} until the lower wish has lasted {Number(step.Numbers.GetValueOrDefault("down_seconds"))} s, else {step.Without}",
        Reasons.Hold =>
            $"hold keeps {step.To} until the higher wish has lasted {Number(step.Numbers.GetValueOrDefault("up_seconds"))} s, else {step.Without}",
        Reasons.Band => $"band leaves {step.To} as it is, else {step.Without}",
        Reasons.Quota => $"quota leaves room for {step.To}, else {step.Without}",
        Reasons.Memory => $"memory allows {step.To} of {Number(step.Numbers.GetValueOrDefault("bytes_per_worker") / 1e6)} MB each, else {step.Without}",
        Reasons.Breaker when decision.Observation.Fleet.Value?.OpenDependency is { } away => $"breaker holds {step.To} while {away} is away, else {step.Without}",
        Reasons.Breaker => $"breaker holds {step.To}: {Number(100 * step.Numbers.GetValueOrDefault("failure_share"))} % of the attempts fail, or more workers get no more done, else {step.Without}",
        Reasons.Cost => $"cost allows {step.To}: {Number(step.Numbers.GetValueOrDefault("spent"))} of {Number(step.Numbers.GetValueOrDefault("per_day"))} are spent today, else {step.Without}",
        Reasons.Owner => $"another autoscaler owns the workers: {step.To} are left alone",
        Reasons.Rate => $"rate allows {step.To} for now, else {step.Without}",
        Reasons.ClampMin => $"raised to the minimum {step.To}",
        Reasons.ClampMax => $"cut to the maximum {step.To}",
        _ => $"{step.Limiter}: {step.From} → {step.To}",
    };

    private static string Missing(Decision decision) => decision.Observation.Load.Reason is { } reason
        ? $"the backlog ({reason})"
        : $"the fleet ({decision.Observation.Fleet.Reason})";

    private static string Load(Decision decision) => decision.Observation.Load.Value is { } load
        ? $"load: {load.Ready} ready, {load.Due} due, {load.InFlight} in flight, oldest {Number(load.OldestAge ?? 0)} s, "
            + $"{Number(load.ArrivalsPerSecond ?? 0)}/s in, {Number(load.CompletionsPerSecond ?? 0)}/s out"
        : $"load: unknown ({decision.Observation.Load.Reason})";

    private static string Fleet(Decision decision) => decision.Observation.Fleet.Value is { } fleet
        ? $"workers: {fleet.Ready} ready, {fleet.Starting} starting, {fleet.Quiet} quiet, {fleet.Retiring} retiring, "
            + $"{fleet.Draining} draining"
        : $"workers: unknown ({decision.Observation.Fleet.Reason})";

    private static string Numbers(IReadOnlyDictionary<string, double> numbers) =>
        string.Concat(numbers.Select(static n => $", {n.Key} {Number(n.Value)}"));

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
