namespace Naq.Sqlite;

/// <summary>Where an operation stands in a transaction: leases first, so that nothing delays them, then what frees slots.</summary>
internal enum WriteRank
{
    Lease,
    Settle,
    Change,
    Enqueue,
}

/// <summary>Something to be done in the next write transaction. May be applied more than once if a transaction has to be repeated.</summary>
internal abstract class WriteOp(WriteRank rank)
{
    private const int Open = 0;
    private const int Taken = 1;
    private const int Withdrawn = 2;

    private int _state;

    public WriteRank Rank { get; } = rank;

    /// <summary>The writer takes it; false: its caller withdrew it in time.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Open) != Withdrawn;

    /// <summary>Its caller gives it up; false: too late, the answer will come.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Open) == Open;

    public abstract void Apply(WriteSide side);

    /// <summary>The transaction is committed.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception error);
}

/// <summary>A write whose answer is a <typeparamref name="T"/>.</summary>
internal sealed class WriteOp<T>(WriteRank rank, Func<WriteSide, T> apply) : WriteOp(rank)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Answer => _answer.Task;

    public override void Apply(WriteSide side) => _result = apply(side);

    public override void Complete() => _answer.TrySetResult(_result!);

    public override void Fail(Exception error) => _answer.TrySetException(error);

    /// <summary>Waits for the answer; a cancellation counts only while the writer has not taken the operation.</summary>
    public async Task<T> WaitAsync(CancellationToken ct)
    {
        using var registration = ct.UnsafeRegister(
            static (op, token) =>
            {
                if (((WriteOp<T>)op!).TryWithdraw())
                {
                    _ = ((WriteOp<T>)op)._answer.TrySetCanceled(token);
                }
            },
            this);
        return await _answer.Task.ConfigureAwait(false);
    }
}
