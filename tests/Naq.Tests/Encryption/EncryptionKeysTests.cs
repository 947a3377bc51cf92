namespace Naq.Tests.Encryption;

public sealed class EncryptionKeysTests
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    [Fact]
    public void Lines_and_commas_part_keys_and_the_first_encrypts()
    {
        var keys = EncryptionKeys.Parse($"# keys\r\n b:{Key}\r\n\r\na : {Key} , c:{Key}");

        Assert.Equal("b", keys.First);
        Assert.Equal(["a", "b", "c"], keys.Ids);
    }

    [Theory]
    [InlineData("", "No encryption key was given: write ID:KEY, the key as 32 bytes in base64.")]
    [InlineData("# only a comment", "No encryption key was given: write ID:KEY, the key as 32 bytes in base64.")]
    [InlineData(Key, "Encryption key 1 is not valid: write ID:KEY, the id of 1 to 64 letters, digits, '_' or '-'.")]
    [InlineData("a:" + Key + ",b c:" + Key, "Encryption key 2 is not valid: write ID:KEY, the id of 1 to 64 letters, digits, '_' or '-'.")]
    [InlineData("a:" + Key + "\na:" + Key, "Two encryption keys have the id 'a'. Give each its own.")]
    [InlineData("a:c2hvcnQ=", "Encryption key 'a' is not 32 bytes in base64 (44 characters).")]
    [InlineData("a:" + Key + "AAAA", "Encryption key 'a' is not 32 bytes in base64 (44 characters).")]
    [InlineData("a:%%%", "Encryption key 'a' is not 32 bytes in base64 (44 characters).")]
    public void What_is_not_valid_is_said_without_the_key(string text, string message) =>
        Assert.Equal(message, Assert.Throws<NaqConfigurationException>(() => EncryptionKeys.Parse(text)).Message);

    [Fact]
    public void Their_text_names_no_key() => Assert.Equal("1 encryption keys, first a", EncryptionKeys.Parse("a:" + Key).ToString());

    [Fact]
    public async Task A_file_goes_before_the_variable()
    {
        var ct = TestContext.Current.CancellationToken;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "of-file:" + Key, ct);
        try
        {
            var variables = new Dictionary<string, string?> { ["NAQ_ENCRYPTION_KEYS"] = "of-variable:" + Key };
            Assert.Equal("of-variable", EncryptionKeys.From(variables.GetValueOrDefault)!.First);
            variables["NAQ_ENCRYPTION_KEYS_FILE"] = file;
            Assert.Equal("of-file", EncryptionKeys.From(variables.GetValueOrDefault)!.First);
            Assert.Null(EncryptionKeys.From(static _ => null));
        }
        finally
        {
            File.Delete(file);
        }

        _ = Assert.Throws<NaqConfigurationException>(() => EncryptionKeys.FromFile(file));
    }
}
