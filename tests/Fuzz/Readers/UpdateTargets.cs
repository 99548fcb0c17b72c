using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageBuilder.Formats;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Fuzz.Tests.Readers;

/// <summary>What a device reads that somebody may have changed: its state, stack manifests, the factory partition, settings, signatures.</summary>
internal static class UpdateTargets
{
    private const string NotThere = "none"; // an id for readers that answer without an exception

    public static FuzzTarget State { get; } = new()
    {
        Name = "state record",
        Seeds = () => [StateRecord.AsShipped(StackId.Parse(new string('a', 64))).ToBytes(), (StateRecord.AsShipped(StackId.Parse(new string('b', 64))) with { Reason = "a reason", Kept = [1, 2, 3], Sequence = 7 }).ToBytes()],
        Header = 8,
        Repair = bytes =>
        {
            if (bytes.Length >= StateRecord.Length)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(StateRecord.Length - 4), Crc32.Of(bytes.AsSpan(0, StateRecord.Length - 4)));
        },
        FirstCheck = [NotThere],
        Sources = ["Update/State/StateRecord.cs"],
        Read = bytes =>
        {
            if (StateRecord.TryParse(bytes, out var fault) is { } record)
                _ = record.ToBytes();
            else if (bytes.Length < StateRecord.Length || fault!.Contains("checksum", StringComparison.Ordinal) || fault.Contains("begin", StringComparison.Ordinal))
                throw new ImageException(ImageErrorKind.Corrupt, NotThere, fault!);
            else
                throw new ImageException(ImageErrorKind.Corrupt, "refused", fault!);
        },
    };

    public static FuzzTarget Stack { get; } = new()
    {
        Name = "stack manifest",
        Seeds = () => [Manifest(null), Manifest(new StackBlob(new string('d', 64), 4096))],
        Mutate = (bytes, random) => random.Next(16) == 0 ? ByteMutator.Mutate(bytes, random, 0) : JsonMutator.Mutate(bytes, random),
        FirstCheck = [],
        Sources = ["Update/Stacks/StackManifest.cs", "Update/Stacks/StackBlob.cs"],
        Read = bytes => StackManifest.Parse(bytes),
    };

    public static FuzzTarget Factory { get; } = new()
    {
        Name = "factory table",
        Seeds = () => [FactoryPartition.LayOut(StackManifest.Parse(Manifest(null))).Head()],
        Mutate = (bytes, random) =>
        {
            // The table, or the manifest behind it, whose digest and length the table then has.
            if (random.Next(2) == 0)
                return ByteMutator.Mutate(bytes[..FactoryPartition.HeaderLength], random, 8) is { Length: FactoryPartition.HeaderLength } head ? [.. head, .. bytes[FactoryPartition.HeaderLength..]] : bytes;
            var manifest = JsonMutator.Mutate(bytes[FactoryPartition.HeaderLength..], random);
            byte[] mutant = [.. bytes[..FactoryPartition.HeaderLength], .. manifest];
            BinaryPrimitives.WriteUInt32LittleEndian(mutant.AsSpan(12), (uint)manifest.Length);
            SHA256.HashData(manifest).CopyTo(mutant, 16);
            return mutant;
        },
        Repair = bytes => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(FactoryPartition.HeaderLength - 4), Crc32.Of(bytes.AsSpan(0, FactoryPartition.HeaderLength - 4))),
        FirstCheck = [],
        Sources = ["Update/Stacks/FactoryPartition.cs"],
        Read = bytes => FactoryPartition.Read((offset, buffer) =>
        {
            buffer.AsSpan().Clear();
            if (offset < bytes.Length)
                bytes.AsSpan((int)offset, (int)Math.Min(buffer.Length, bytes.Length - offset)).CopyTo(buffer);
        }, 1L << 30),
    };

    public static FuzzTarget Settings { get; } = new()
    {
        Name = "image.json",
        Seeds = () => [new ImageSettings().ToBytes(), (new ImageSettings() with { Persist = ["/var/lib/a"], Writable = [("/var", 100)], Name = "a", Version = "1" }).ToBytes()],
        Mutate = (bytes, random) => random.Next(16) == 0 ? ByteMutator.Mutate(bytes, random, 0) : JsonMutator.Mutate(bytes, random),
        FirstCheck = [],
        Sources = ["Update/ImageSettings.cs"],
        Read = bytes => ImageSettings.Parse(bytes),
    };

    public static FuzzTarget Channel { get; } = new()
    {
        Name = "channel document",
        Seeds = () => [Document().ToBytes(), (Document() with { Same = [StackId.Parse(new string('b', 64))], Rollout = 10 }).ToBytes()],
        Mutate = (bytes, random) => random.Next(16) == 0 ? ByteMutator.Mutate(bytes, random, 0) : JsonMutator.Mutate(bytes, random),
        FirstCheck = [],
        Sources = ["Update/Channels/ChannelDocument.cs"],
        Read = bytes => ChannelDocument.Parse(bytes),
    };

    public static FuzzTarget Signature { get; } = new()
    {
        Name = "minisign",
        Seeds = () => [System.Text.Encoding.UTF8.GetBytes("untrusted comment: signature\n" + Convert.ToBase64String([(byte)'E', (byte)'D', .. new byte[72]]) + "\ntrusted comment: t\n" + Convert.ToBase64String(new byte[64]) + "\n")],
        FirstCheck = [],
        Sources = ["Update/Signatures/Signature.cs"],
        Read = bytes =>
        {
            var signature = Update.Signatures.Signature.Parse(System.Text.Encoding.UTF8.GetString(bytes));
            _ = Update.Signatures.Signature.Parse(signature.ToText()).IsBy(Key!, bytes);
        },
    };

    private static ChannelDocument Document() => new() { Channel = "stable", Sequence = 7, Stack = StackId.Parse(new string('a', 64)), Created = 1_700_000_000, Expires = 1_800_000_000 };

    private static PublicKey Key => PublicKey.Parse("untrusted comment: key\n" + Convert.ToBase64String([(byte)'E', (byte)'d', .. new byte[40]]) + "\n");

    private static byte[] Manifest(StackBlob? boot) => new StackManifest { Name = "fuzz", Version = "1", Layers = [new StackBlob(new string('a', 64), 4096), new StackBlob(new string('b', 64), 8192)], Boot = boot }.ToBytes();
}
