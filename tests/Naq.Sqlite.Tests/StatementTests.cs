using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tests;

/// <summary>A statement that was left in the middle of its rows, by an error say, takes new values all the same.</summary>
public sealed class StatementTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("naq-statement-").FullName;
    private readonly Database _database;
    private readonly Statement _twoRows;

    public StatementTests()
    {
        _database = Database.Open(Path.Combine(_folder, "test.db"), create: true);
        _twoRows = _database.Prepare("SELECT ?1 UNION ALL SELECT ?1");
    }

    public void Dispose()
    {
        _twoRows.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Text()
    {
        Assert.True(_twoRows.Bind(1, "before").Step());

        Assert.True(_twoRows.Bind(1, "after").Step());

        Assert.Equal("after", _twoRows.Text(0));
    }

    [Fact]
    public void Fraction()
    {
        Assert.True(_twoRows.Bind(1, 0.5).Step());

        Assert.True(_twoRows.Bind(1, 0.25).Step());

        Assert.Equal(0.25, _twoRows.DoubleOrNull(0));
    }

    [Fact]
    public void Number()
    {
        Assert.True(_twoRows.Bind(1, 1L).Step());

        Assert.True(_twoRows.Bind(1, 2L).Step());

        Assert.Equal(2, _twoRows.Long(0));
    }

    /// <summary>What is bound already is not bound again, but the rows begin anew.</summary>
    [Fact]
    public void The_same_number()
    {
        using var counting = _database.Prepare("SELECT ?1 UNION ALL SELECT ?1 + 1");
        Assert.True(counting.Bind(1, 1L).Step());

        Assert.True(counting.Bind(1, 1L).Step());

        Assert.Equal(1, counting.Long(0));
    }

    [Fact]
    public void Blob()
    {
        Assert.True(_twoRows.Bind(1, "before"u8).Step());

        Assert.True(_twoRows.Bind(1, "after"u8).Step());

        Assert.Equal("after"u8, _twoRows.Blob(0));
    }

    [Fact]
    public void Nothing()
    {
        Assert.True(_twoRows.Bind(1, "before").Step());

        Assert.True(_twoRows.Null(1).Step());

        Assert.True(_twoRows.IsNull(0));
    }
}
