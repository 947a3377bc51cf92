using System.Text.Json.Serialization;
using Naq;

namespace Snippets;

[Job("images.resize", Queue = "cpu", MaxAttempts = 8, Timeout = "00:02:00")]
public sealed partial record ResizeImage(string Path, int Width = 300);

[Job("billing.reconcile", UniqueFor = "1.00:00:00")]
public sealed partial record Reconcile([property: UniqueKey] long AccountId, string Note = "");

[Job("text.count")]
public sealed partial record CountWords(Uri Url) : IJob<CountWords, int>;

[Job("mail.send"), GiveUpOn<FormatException>]
public sealed partial record SendMail(string To, IReadOnlyList<Attachment> Attachments)
{
    public DateOnly? NotBefore { get; init; }
}

public sealed record Attachment(string Name, Uri Source, IReadOnlyDictionary<string, string>? Labels = null);

[Job("zoo.feed", Json = typeof(ZooJson))]
public sealed partial record Feed(Animal Animal, int Portions = 1);

[JsonDerivedType(typeof(Lion), "lion")]
[JsonDerivedType(typeof(Parrot), "parrot")]
public abstract record Animal(string Name);

public sealed record Lion(string Name) : Animal(Name);

public sealed record Parrot(string Name, string Word) : Animal(Name);

[JsonSerializable(typeof(Animal))]
public sealed partial class ZooJson : JsonSerializerContext;
