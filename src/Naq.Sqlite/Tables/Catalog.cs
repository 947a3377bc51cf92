using Naq.Sqlite.Engine;

namespace Naq.Sqlite.Tables;

/// <summary>A queue as the file knows it.</summary>
internal sealed record QueueRow(int Id, string Name, bool IsPaused, long? MaxLength)
{
    /// <summary>What the column <c>paused</c> holds for a deleted queue: its row stays, since finished jobs name their queue by its number.</summary>
    public const int Gone = -1;

    public bool IsGone { get; init; }
}

/// <summary>Names and numbers of queues and job types, and the queues' settings; read again when another process changed them.</summary>
/// <remarks>Used by the writer thread only.</remarks>
internal sealed class Catalog
{
    private readonly Dictionary<string, QueueRow> _queuesByName = new(StringComparer.Ordinal);
    private readonly Dictionary<int, QueueRow> _queues = [];
    private readonly Dictionary<string, int> _typeIds = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _typeNames = [];
    private readonly Database _database;
    private readonly Statement _readQueues;
    private readonly Statement _readTypes;
    private readonly Statement _insertQueue;
    private readonly Statement _insertType;
    private readonly Statement _updateQueue;
    private long _version;

    public Catalog(Database database)
    {
        _database = database;
        _readQueues = database.Prepare("SELECT id, name, paused, max_length FROM queue");
        _readTypes = database.Prepare("SELECT id, name FROM type");
        _insertQueue = database.Prepare("INSERT INTO queue(name) VALUES(?1) RETURNING id");
        _insertType = database.Prepare("INSERT INTO type(name) VALUES(?1) RETURNING id");
        _updateQueue = database.Prepare("UPDATE queue SET paused = ?2, max_length = ?3 WHERE id = ?1");
    }

    /// <summary>Grows whenever the queues known here changed.</summary>
    public long Generation { get; private set; }

    public IReadOnlyCollection<QueueRow> Queues => _queues.Values;

    /// <summary>Reads everything again if the file's version is another. A migration raises that version too, so it is noticed here.</summary>
    /// <exception cref="BrokerUnavailableException">A newer build has changed the file under this process, which must not touch it any more.</exception>
    public void Refresh(Tx tx)
    {
        var version = tx.Read(0, Counter.ConfigVersion);
        if (version != _version)
        {
            Schema.RequireVersion(_database);
            Load();
            _version = version;
        }
    }

    /// <summary>Forgets what a rolled back transaction may have added.</summary>
    public void Invalidate() => _version = 0;

    public QueueRow Queue(Tx tx, string name)
    {
        if (!_queuesByName.TryGetValue(name, out var row))
        {
            row = Remember(new(Insert(_insertQueue, name), name, false, null));
            Changed(tx);
        }
        else if (row.IsGone)
        {
            row = Write(tx, row with { IsGone = false });
        }

        return row;
    }

    /// <summary>The queue of that name; null: there is none.</summary>
    public QueueRow? Find(string name) => _queuesByName.GetValueOrDefault(name) is { IsGone: false } row ? row : null;

    public void Delete(Tx tx, QueueRow queue) => _ = Write(tx, queue with { IsGone = true, IsPaused = false, MaxLength = null });

    public QueueRow Queue(int id) => _queues[id];

    public int TypeId(Tx tx, string name)
    {
        if (!_typeIds.TryGetValue(name, out var id))
        {
            id = Insert(_insertType, name);
            (_typeIds[name], _typeNames[id]) = (id, name);
            Changed(tx);
        }

        return id;
    }

    public string TypeName(int id) => _typeNames[id];

    public void Change(Tx tx, string queue, bool? paused, long? maxLength)
    {
        var row = Queue(tx, queue);
        row = Write(tx, row with { IsPaused = paused ?? row.IsPaused, MaxLength = maxLength is { } max ? (max == 0 ? null : max) : row.MaxLength });
        tx.ControlChanged = true;
        _ = tx.MadeReady.Add(row.Id);
    }

    private QueueRow Write(Tx tx, QueueRow row)
    {
        _ = _updateQueue.Bind(1, row.Id).Bind(2, row.IsGone ? QueueRow.Gone : row.IsPaused ? 1 : 0).Bind(3, row.MaxLength).Run();
        Changed(tx);
        return Remember(row);
    }

    private static int Insert(Statement insert, string name)
    {
        _ = insert.Bind(1, name).Step();
        var id = insert.Int(0);
        insert.Reset();
        return id;
    }

    private QueueRow Remember(QueueRow row) => _queues[row.Id] = _queuesByName[row.Name] = row;

    private void Changed(Tx tx)
    {
        tx.Add(0, Counter.ConfigVersion, 1);
        _version = tx.Read(0, Counter.ConfigVersion);
        Generation++;
    }

    private void Load()
    {
        _queues.Clear();
        _queuesByName.Clear();
        _typeIds.Clear();
        _typeNames.Clear();
        while (_readQueues.Step())
        {
            _ = Remember(new(_readQueues.Int(0), _readQueues.Text(1)!, _readQueues.Int(2) > 0, _readQueues.LongOrNull(3)) { IsGone = _readQueues.Int(2) == QueueRow.Gone });
        }

        while (_readTypes.Step())
        {
            (_typeIds[_readTypes.Text(1)!], _typeNames[_readTypes.Int(0)]) = (_readTypes.Int(0), _readTypes.Text(1)!);
        }

        Generation++;
    }
}
