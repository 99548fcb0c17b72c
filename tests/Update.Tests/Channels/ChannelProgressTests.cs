using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Tests.Channels;

/// <summary>Faults 1 to 5 of the list of updaters' faults: signatures, keys that expired or were replaced, downgrade, freeze.</summary>
public sealed class ChannelProgressTests : IDisposable
{
    private const long Now = 1_795_800_000;
    private const int Day = 86_400;
    private readonly SecretKey[] keys = [.. Enumerable.Range(0, 6).Select(_ => SecretKey.Generate())];

    public void Dispose() => Array.ForEach(keys, key => key.Dispose());

    [Fact]
    public void A_document_by_a_trusted_key_is_accepted_and_any_other_refused()
    {
        var progress = Start(1, 0);
        Assert.Equal(3UL, progress.Follow([], Signed(Document(3), 0), Now).Progress.Newest!.Sequence);
        Refused("IB6041", progress, [], Signed(Document(3), 1));
        Refused("IB6041", progress, [], Signed(Document(3)));
        // Signed by the right key, but other bytes: the signature covers all of them.
        var signed = Signed(Document(3), 0);
        for (var at = 0; at < signed.Bytes.Length; at++)
        {
            var changed = (byte[])signed.Bytes.Clone();
            changed[at] ^= 1;
            Refused("IB6041", progress, [], signed with { Bytes = changed });
        }
    }

    [Fact]
    public void Nothing_of_a_document_is_read_before_a_signature_is_right() =>
        // Not JSON at all: the error is the signature's.
        Refused("IB6041", Start(1, 0), [], new SignedBytes("{ not a document"u8.ToArray(), []));

    [Fact]
    public void An_older_document_another_one_of_the_same_sequence_an_expired_one_and_another_channels_are_refused()
    {
        var progress = Start(1, 0).Follow([], Signed(Document(5), 0), Now).Progress;
        Refused("IB6047", progress, [], Signed(Document(4), 0));
        Refused("IB6047", progress, [], Signed(Document(5) with { Rollout = 1 }, 0));
        Refused("IB6048", progress, [], Signed(Document(6) with { Expires = Now }, 0));
        Refused("IB6044", progress, [], Signed(Document(6) with { Channel = "beta" }, 0));
        Assert.Equal(5UL, progress.Follow([], Signed(Document(5), 0), Now).Progress.Newest!.Sequence);
        Assert.Equal(6UL, progress.Follow([], Signed(Document(6) with { Expires = Now + 1 }, 0), Now).Progress.Newest!.Sequence);
    }

    [Fact]
    public void A_key_counts_until_it_expires()
    {
        var progress = new ChannelProgress("stable", new ChannelTrust([new TrustedKey(keys[0].Public, Now)], 1), 0, null);
        Refused("IB6042", progress, [], Signed(Document(1), 0));
        Assert.NotNull(progress.Follow([], Signed(Document(1), 0), Now - 1).Progress.Newest);
        // Another key that is good makes up for it.
        var both = progress with { Trust = new ChannelTrust([.. progress.Trust.Keys, new TrustedKey(keys[1].Public, null)], 1) };
        Assert.NotNull(both.Follow([], Signed(Document(1), 0, 1), Now).Progress.Newest);
    }

    [Fact]
    public void New_keys_need_the_threshold_of_different_current_keys()
    {
        var progress = Start(2, 0, 1, 2);
        var rotation = Document(2) with { Keys = Trusted(3, 4), Threshold = 1 };
        Refused("IB6043", progress, [], Signed(rotation, 0));
        // The same key twice is one key, and keys that are named only now do not count.
        Refused("IB6043", progress, [], Signed(rotation, 0, 0));
        Refused("IB6043", progress, [], Signed(rotation, 0, 3, 4));
        var (after, accepted) = progress.Follow([], Signed(rotation, 2, 0), Now);
        Assert.Equal([keys[3].Public, keys[4].Public], after.Trust.Keys.Select(key => key.Key));
        Assert.Equal(2UL, after.KeysSequence);
        Assert.Single(accepted);
        // From here on the old keys are nothing, though the document itself, by old keys, is still the current one.
        Refused("IB6041", after, [], Signed(Document(3), 0, 1, 2));
        Assert.Equal(2UL, after.Follow([], Signed(rotation, 2, 0), Now).Progress.Newest!.Sequence);
        Assert.Equal(3UL, after.Follow([], Signed(Document(3), 4), Now).Progress.Newest!.Sequence);
    }

    [Fact]
    public void The_same_key_under_two_numbers_is_one_signer()
    {
        var twin = keys[0].Public with { Id = new KeyId(keys[0].Id.Value + 1) };
        var trust = new ChannelTrust([new TrustedKey(keys[0].Public, null), new TrustedKey(twin, null)], 2);
        var signed = Signed(Document(2) with { Keys = Trusted(3), Threshold = 1 }, 0);
        var both = signed with { Signatures = [signed.Signatures[0], signed.Signatures[0] with { Key = twin.Id }] };
        Refused("IB6043", new ChannelProgress("stable", trust, 0, null), [], both);
    }

    [Fact]
    public void A_device_that_slept_over_two_changes_of_keys_walks_over_both_in_any_order()
    {
        var first = Signed(Document(2) with { Keys = Trusted(1, 2), Threshold = 2, Expires = Now - (30 * Day) }, 0);
        var second = Signed(Document(5) with { Keys = Trusted(3), Threshold = 1, Expires = Now - Day }, 2, 1);
        var current = Signed(Document(9), 3);
        foreach (var documents in (SignedBytes[][])[[first, second], [second, first]])
        {
            var (progress, walked) = Start(1, 0).Follow(documents, current, Now);
            Assert.Equal((9UL, 5UL), (progress.Newest!.Sequence, progress.KeysSequence));
            Assert.Equal([first, second], walked);
        }
        // Without the document between nobody vouches for the last one.
        Refused("IB6041", Start(1, 0), [second], current);
        Refused("IB6041", Start(1, 0), [first], current);
        // Who has gone the way already goes it again without harm, and who begins with the image's keys too.
        var there = Start(1, 0).Follow([first, second], current, Now).Progress;
        Assert.Empty(there.Follow([first, second], Signed(Document(10), 3), Now).Keys);
    }

    [Fact]
    public void A_walk_from_the_images_keys_ends_where_it_did_when_the_current_document_names_keys()
    {
        var current = Signed(Document(2) with { Keys = Trusted(1), Threshold = 1 }, 0);
        var (progress, walked) = Start(1, 0).Follow([current], current, Now);
        Assert.Equal(2UL, progress.Newest!.Sequence);
        Assert.Equal(keys[1].Public, Assert.Single(progress.Trust.Keys).Key);
        Assert.Single(walked);
    }

    [Fact]
    public void Keys_that_were_replaced_and_stolen_later_lead_nowhere()
    {
        var rotation = Signed(Document(4) with { Keys = Trusted(1), Threshold = 1 }, 0);
        var progress = Start(1, 0).Follow([], rotation, Now).Progress;
        // The thief's document with keys has a higher sequence, and comes as an earlier one, and as the current one.
        var stolen = Signed(Document(8) with { Keys = Trusted(5), Threshold = 1 }, 0);
        Refused("IB6041", progress, [stolen], Signed(Document(9), 5));
        Refused("IB6041", progress, [], stolen);
        // A document with keys below the accepted sequence is not gone back to, also by the key that is trusted.
        var backwards = Signed(Document(3) with { Keys = Trusted(5), Threshold = 1 }, 1);
        Refused("IB6041", progress, [backwards], Signed(Document(9), 5));
    }

    [Fact]
    public void A_document_with_keys_of_another_channel_changes_nothing() =>
        Refused("IB6041", Start(1, 0), [Signed(Document(2) with { Channel = "beta", Keys = Trusted(1), Threshold = 1 }, 0)], Signed(Document(3), 1));

    [Fact]
    public void The_stack_is_the_one_whose_digest_was_signed()
    {
        var manifest = new StackManifest { Name = "a", Version = "1", Layers = [new StackBlob(new string('a', 64), 1)] };
        var progress = Start(1, 0).Follow([], Signed(Document(1) with { Stack = manifest.Id }, 0), Now).Progress;
        Assert.Equal("a", progress.ReadStack(manifest.ToBytes()).Name);
        Assert.Equal("IB6049", Assert.Throws<ImageException>(() => progress.ReadStack((manifest with { Version = "2" }).ToBytes())).Id);
    }

    [ToolFact("minisign")]
    public void Minisign_signs_documents_too()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["key"], keys[0].ToText("pass", SecretKey.Cost.Interactive));
        File.WriteAllBytes(folder["document.json"], Document(3).ToBytes());
        Tool.Run("sh", "-c", $"echo pass | minisign -S -s {folder["key"]} -m {folder["document.json"]}");
        var signed = new SignedBytes(File.ReadAllBytes(folder["document.json"]), [Signature.Parse(File.ReadAllText(folder["document.json.minisig"]))]);
        Assert.Equal(3UL, Start(1, 0).Follow([], signed, Now).Progress.Newest!.Sequence);
    }

    private static void Refused(string id, ChannelProgress progress, IReadOnlyList<SignedBytes> earlier, SignedBytes current) =>
        Assert.Equal(id, Assert.Throws<ImageException>(() => progress.Follow(earlier, current, Now)).Id);

    private ChannelProgress Start(int threshold, params int[] trusted) => new("stable", new ChannelTrust(Trusted(trusted), threshold), 0, null);

    private TrustedKey[] Trusted(params int[] trusted) => [.. trusted.Select(key => new TrustedKey(keys[key].Public, null))];

    private static ChannelDocument Document(ulong sequence) => new()
    {
        Channel = "stable",
        Sequence = sequence,
        Stack = new StackId(Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef")),
        Created = Now - Day,
        Expires = Now + Day,
    };

    private SignedBytes Signed(ChannelDocument document, params int[] signers)
    {
        var bytes = document.ToBytes();
        return new SignedBytes(bytes, [.. signers.Select(signer => keys[signer].Sign(new MemoryStream(bytes), "test"))]);
    }
}
