using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Update.Tests.Signatures;

/// <summary>minisign itself is the judge of keys and signatures, in both directions.</summary>
public sealed class MinisignTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [ToolFact("minisign")]
    public void Minisign_accepts_what_this_program_signs()
    {
        using var key = SecretKey.Generate();
        File.WriteAllText(folder["key.pub"], key.Public.ToText());
        foreach (var length in (int[])[0, 1, 1000, 3_000_000])
        {
            var message = Bytes(length);
            File.WriteAllBytes(folder["message"], message);
            File.WriteAllText(folder["message.minisig"], key.Sign(new MemoryStream(message), "time and place").ToText());
            Assert.Contains("Trusted comment: time and place", Tool.Run("minisign", "-V", "-p", folder["key.pub"], "-m", folder["message"]));
            Assert.Contains("time and place", Tool.Run("minisign", "-V", "-P", key.Public.ToLine(), "-m", folder["message"]));
        }
    }

    [ToolFact("minisign")]
    public void Minisign_signs_with_a_key_of_this_program_protected_by_a_password()
    {
        using var key = SecretKey.Generate();
        File.WriteAllText(folder["key"], key.ToText("open sesame", SecretKey.Cost.Interactive));
        File.WriteAllBytes(folder["message"], Bytes(5000));
        Tool.Run("sh", "-c", $"echo 'open sesame' | minisign -S -s {folder["key"]} -m {folder["message"]}");
        var signature = Signature.Parse(File.ReadAllText(folder["message.minisig"]));
        Assert.True(signature.IsBy(key.Public, Bytes(5000)));
        Assert.False(signature.IsBy(key.Public, Bytes(5001)));
    }

    [ToolFact("minisign")]
    public void Signatures_of_minisign_and_its_keys_without_a_password_are_taken()
    {
        Tool.Run("minisign", "-G", "-W", "-p", folder["m.pub"], "-s", folder["m.key"]);
        File.WriteAllBytes(folder["message"], Bytes(777));
        Tool.Run("minisign", "-S", "-s", folder["m.key"], "-m", folder["message"], "-t", "what is meant");
        var @public = PublicKey.Parse(File.ReadAllText(folder["m.pub"]));
        var signature = Signature.Parse(File.ReadAllText(folder["message.minisig"]));
        Assert.True(signature.IsBy(@public, Bytes(777)));
        Assert.Equal("what is meant", signature.TrustedComment);
        var text = File.ReadAllText(folder["m.key"]);
        using var secret = SecretKey.Parse(text, null);
        Assert.Equal(@public, secret.Public);
        // It has no checksum: half a key that is another's is noticed all the same.
        var bytes = Convert.FromBase64String(text.Split('\n')[1]);
        bytes[62] ^= 1; // of the seed: behind algorithms, salt, limits and id
        Assert.Equal("IB7203", Assert.Throws<ImageException>(() => SecretKey.Parse($"untrusted comment: x\n{Convert.ToBase64String(bytes)}\n", null)).Id);
    }

    // Each password costs minisign and us a scrypt over 1 GiB.
    [ToolFact("minisign")]
    public void A_key_that_minisign_has_protected_opens_with_its_password()
    {
        Tool.Run("sh", "-c", $"printf 'pass\npass\n' | minisign -G -p {folder["m.pub"]} -s {folder["m.key"]}");
        var text = File.ReadAllText(folder["m.key"]);
        Assert.True(SecretKey.IsProtected(text));
        using var secret = SecretKey.Parse(text, "pass");
        Assert.Equal(PublicKey.Parse(File.ReadAllText(folder["m.pub"])), secret.Public);
        Assert.Equal("IB7203", Assert.Throws<ImageException>(() => SecretKey.Parse(text, null)).Id);
    }

    [Fact]
    public void Another_password_opens_nothing()
    {
        using var key = SecretKey.Generate();
        var text = key.ToText("pass", SecretKey.Cost.Interactive);
        Assert.Equal("IB7203", Assert.Throws<ImageException>(() => SecretKey.Parse(text, "wrong")).Id);
    }

    [Fact]
    public void A_secret_key_comes_back_from_its_file_with_and_without_a_password()
    {
        using var key = SecretKey.Generate();
        foreach (var password in (string?[])[null, "", "päss wörd"])
        {
            using var again = SecretKey.Parse(key.ToText(password, SecretKey.Cost.Interactive), password);
            Assert.Equal(key.Public, again.Public);
            Assert.True(again.Sign(new MemoryStream(Bytes(10)), "").IsBy(key.Public, Bytes(10)));
        }
    }

    [Fact]
    public void Another_key_message_or_comment_is_noticed()
    {
        using var key = SecretKey.Generate();
        using var other = SecretKey.Generate();
        var signature = key.Sign(new MemoryStream(Bytes(100)), "version 2");
        Assert.True(signature.IsBy(key.Public, Bytes(100)));
        Assert.False(signature.IsBy(other.Public, Bytes(100)));
        Assert.False(signature.IsBy(other.Public with { Id = key.Id }, Bytes(100)));
        Assert.False((signature with { TrustedComment = "version 3" }).IsBy(key.Public, Bytes(100)));
    }

    [Fact]
    public void No_change_of_a_single_bit_in_a_signature_passes()
    {
        using var key = SecretKey.Generate();
        var text = key.Sign(new MemoryStream(Bytes(100)), "c").ToText();
        var lines = text.Split('\n');
        var passed = 0;
        foreach (var line in (int[])[1, 3])
        {
            var bytes = Convert.FromBase64String(lines[line]);
            for (var bit = 0; bit < 8 * bytes.Length; bit++)
            {
                var changed = (byte[])bytes.Clone();
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                var changedLines = (string[])lines.Clone();
                changedLines[line] = Convert.ToBase64String(changed);
                try
                {
                    passed += Signature.Parse(string.Join('\n', changedLines)).IsBy(key.Public, Bytes(100)) ? 1 : 0;
                }
                catch (ImageException error)
                {
                    Assert.Equal("IB7205", error.Id);
                }
            }
        }
        Assert.Equal(0, passed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("untrusted comment: x\n")]
    [InlineData("untrusted comment: x\nAAAA\ntrusted comment: y\nAAAA\n")]
    [InlineData("untrusted comment: x\n!!!!\ntrusted comment: y\n!!!!\nmore\n")]
    public void What_is_no_key_or_signature_is_refused_by_name(string text)
    {
        Assert.Equal("IB7205", Assert.Throws<ImageException>(() => Signature.Parse(text)).Id);
        Assert.Equal("IB7202", Assert.Throws<ImageException>(() => SecretKey.Parse(text, null)).Id);
        Assert.Equal("IB7201", Assert.Throws<ImageException>(() => PublicKey.Parse(text)).Id);
    }

    [Fact]
    public void A_password_that_asks_for_more_memory_than_any_is_refused_before_it_is_taken()
    {
        using var key = SecretKey.Generate();
        var lines = key.ToText("p", SecretKey.Cost.Interactive).Split('\n');
        var bytes = Convert.FromBase64String(lines[1]);
        bytes[46 + 5] = 1; // the memory cost: 2^40 more
        var error = Assert.Throws<ImageException>(() => SecretKey.Parse($"{lines[0]}\n{Convert.ToBase64String(bytes)}\n", "p"));
        Assert.Equal("IB7202", error.Id);
    }

    private static byte[] Bytes(int length) => [.. Encoding.ASCII.GetBytes("message "), .. Enumerable.Range(0, length).Select(i => (byte)(i * 31))];
}
