using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Images;

/// <summary>What tells one medium from another: everything comes from what the medium holds, so the same content has the same names.</summary>
internal sealed class MediumIdentity
{
    private readonly byte[] digest;

    public MediumIdentity(BuildPlan plan, string layerDigest, byte[] initramfs, Content kernel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{plan.ArtefactName}\n{plan.Kernel.CommandLine}\n{layerDigest}\n"));
        hash.AppendData(SHA256.HashData(initramfs));
        hash.AppendData(Sha256Digest.BytesOf(kernel));
        digest = hash.GetHashAndReset();
        Label = MakeLabel(plan);
    }

    /// <summary>32 hexadecimal digits.</summary>
    public string Id => Convert.ToHexStringLower(digest)[..32];

    /// <summary>The path on the medium that no other medium has.</summary>
    public string IdFile => $"/.disk/{Id}";

    /// <summary>The volume label: name and version in the characters ISO 9660 allows, at most 32.</summary>
    public string Label { get; }

    /// <summary>A 32-bit number for FAT serials and MBR signatures.</summary>
    public uint Serial => BinaryPrimitives.ReadUInt32LittleEndian(digest.AsSpan(16));

    /// <summary>A GUID for a purpose (RFC 9562 version 8: vendor-specific).</summary>
    public Guid Guid(string purpose) => GuidOf(SHA256.HashData([.. digest, .. Encoding.UTF8.GetBytes(purpose)]));

    /// <summary>A GUID from the first 16 bytes of a digest (RFC 9562 version 8).</summary>
    public static Guid GuidOf(byte[] digest)
    {
        var bytes = digest[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static string MakeLabel(BuildPlan plan)
    {
        var label = string.Concat($"{plan.Name}_{plan.Version}".ToUpperInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return label.Length <= 32 ? label : label[..32];
    }
}
