using Naq.Brokers;

namespace Naq.Sqlite.Tables;

/// <summary>Settlements in the order of their jobs' numbers. Put in order by who brings them, so that the writer's time is not spent on it.</summary>
internal sealed class SettleBatch
{
    private readonly IReadOnlyList<Settlement> _settlements;
    private readonly int[] _positions;

    public SettleBatch(IReadOnlyList<Settlement> settlements)
    {
        _settlements = settlements;
        _positions = new int[settlements.Count];
        var ids = new long[settlements.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            (_positions[i], ids[i]) = (i, settlements[i].Lease.Key);
        }

        Array.Sort(ids, _positions);
    }

    public int Count => _positions.Length;

    public Settlement this[int index] => _settlements[_positions[index]];

    /// <summary>Where the settlement stands in the list that was given.</summary>
    public int Position(int index) => _positions[index];

    /// <summary>How many from <paramref name="start"/> on differ in nothing but their numbers, which follow each other, and plainly succeeded; at least one.</summary>
    public int RunAt(int start)
    {
        var first = this[start];
        var length = 1;
        if (IsPlain(first))
        {
            while (start + length < Count && Follows(first, this[start + length], length))
            {
                length++;
            }
        }

        return length;
    }

    /// <summary>It left nothing behind and has left nothing before: no result, log or failure.</summary>
    private static bool IsPlain(in Settlement settlement) =>
        settlement is { Kind: SettleKind.Succeed, Result.IsEmpty: true, Log: null } && ((SqliteClaim)settlement.Lease.Handle).Place.Attempts == 0;

    private static bool Follows(in Settlement first, in Settlement next, int distance)
    {
        var (before, job) = (((SqliteClaim)first.Lease.Handle).Place, ((SqliteClaim)next.Lease.Handle).Place);
        return IsPlain(next) && (job.Id, job.Queue, job.Claims) == (before.Id + distance, before.Queue, before.Claims)
            && next.StartedAt?.ToUnixTimeMilliseconds() == first.StartedAt?.ToUnixTimeMilliseconds();
    }
}
