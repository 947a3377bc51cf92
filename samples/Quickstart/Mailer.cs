/// <summary>Stands for whatever service a program has already.</summary>
public sealed class Mailer
{
    private readonly List<string> _sent = [];

    public IReadOnlyList<string> Sent => _sent;

    public void Send(string text)
    {
        _sent.Add(text);
        Console.WriteLine(text);
    }
}
