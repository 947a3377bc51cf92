namespace Naq;

/// <summary>How a watched job is doing.</summary>
/// <param name="State">Its state.</param>
/// <param name="Attempts">Attempts that its own code ended.</param>
/// <param name="Progress">How much is done, 0 to 1; null: its handler does not say.</param>
/// <param name="Note">What it is doing; null: its handler does not say.</param>
/// <param name="Reason">Why it is dead or cancelled, or why the last attempt failed; null: none.</param>
public sealed record JobStatus(JobState State, int Attempts, double? Progress, string? Note, string? Reason);
