using Naq.Brokers.Memory;

namespace Naq.Tests;

public sealed class JobHeapTests
{
    /// <summary>Against a sorted list: jobs come in any order, with equal keys too, and leave from anywhere.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_first_is_always_that_with_the_least_key_then_number(int seed)
    {
        var random = new Random(seed);
        var heap = new JobHeap(static job => job.LeaseEnds);
        var expected = new SortedSet<(long Key, long Number)>();
        var rows = new Dictionary<long, JobRow>();
        for (var i = 0; i < 5000; i++)
        {
            if (rows.Count == 0 || random.Next(5) < 3)
            {
                var added = new JobRow(i, null!, null!) { LeaseEnds = random.Next(50) };
                heap.Add(added);
                rows[i] = added;
                _ = expected.Add((added.LeaseEnds, i));
            }
            else
            {
                var removed = random.Next(2) == 0 ? heap.First! : rows.Values.ElementAt(random.Next(rows.Count));
                heap.Remove(removed);
                _ = rows.Remove(removed.Number);
                _ = expected.Remove((removed.LeaseEnds, removed.Number));
            }

            Assert.Equal(expected.Count == 0 ? null : expected.Min.Number, heap.First?.Number);
        }

        Assert.Equal(expected.Select(static one => one.Number).Order(), heap.Jobs.Select(static job => job.Number).Order());
    }
}
