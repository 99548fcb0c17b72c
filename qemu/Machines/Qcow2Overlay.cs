using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace ImageBuilder.Qemu.Machines;

/// <summary>
/// Makes an empty qcow2 file over a raw image: reads come from the image, writes stay in the file (QEMU, docs/interop/qcow2.txt,
/// version 3). Clusters: header, refcount table, refcount block, L1 table.
/// </summary>
internal static class Qcow2Overlay
{
    private const int ClusterBits = 16;
    private const int ClusterSize = 1 << ClusterBits;
    private const int RefcountTableCluster = 1;
    private const int RefcountBlockCluster = 2;
    private const int FirstL1Cluster = 3;
    private const int SectorSize = 512;
    private const int LongestBackingName = 1023;

    private const uint Magic = 0x514649fb;                  // "QFI", 0xfb
    private const uint Version = 3;
    private const uint RefcountOrder = 4;                   // 16-bit refcounts
    private const uint BackingFormatExtension = 0xe2792aca;

    // Fields of the header; all numbers are big-endian.
    private const int MagicOffset = 0;
    private const int VersionOffset = 4;
    private const int BackingNameOffsetOffset = 8;
    private const int BackingNameSizeOffset = 16;
    private const int ClusterBitsOffset = 20;
    private const int SizeOffset = 24;
    private const int L1SizeOffset = 36;
    private const int L1TableOffset = 40;
    private const int RefcountTableOffset = 48;
    private const int RefcountTableClustersOffset = 56;
    private const int RefcountOrderOffset = 96;
    private const int HeaderLengthOffset = 100;
    private const int HeaderLength = 104;

    /// <summary>Writes the file. IB6107 when the image's path is too long for the format.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="image">What it lies over.</param>
    /// <param name="powerOfTwo">The disk is larger than the image, as SD cards are: their capacity is a power of two.</param>
    public static void Create(string path, string image, bool powerOfTwo = false)
    {
        var backing = Encoding.UTF8.GetBytes(Path.GetFullPath(image));
        if (backing.Length > LongestBackingName)
            throw new QemuException("IB6107", $"the path of '{image}' has {backing.Length} bytes; an overlay can name one of {LongestBackingName}");
        var size = (new FileInfo(image).Length + SectorSize - 1) / SectorSize * SectorSize;
        if (powerOfTwo)
            size = checked((long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)size));
        const long BytesPerL1Entry = (long)ClusterSize * (ClusterSize / sizeof(ulong));
        var l1Entries = checked((int)((size + BytesPerL1Entry - 1) / BytesPerL1Entry));
        var l1Clusters = (l1Entries * sizeof(ulong) + ClusterSize - 1) / ClusterSize;
        var clusters = FirstL1Cluster + l1Clusters;

        var file = new byte[clusters * ClusterSize];
        var header = file.AsSpan();
        WriteUInt32BigEndian(header[MagicOffset..], Magic);
        WriteUInt32BigEndian(header[VersionOffset..], Version);
        WriteUInt32BigEndian(header[ClusterBitsOffset..], ClusterBits);
        WriteInt64BigEndian(header[SizeOffset..], size);
        WriteInt32BigEndian(header[L1SizeOffset..], l1Entries);
        WriteUInt64BigEndian(header[L1TableOffset..], FirstL1Cluster * ClusterSize);
        WriteUInt64BigEndian(header[RefcountTableOffset..], RefcountTableCluster * ClusterSize);
        WriteUInt32BigEndian(header[RefcountTableClustersOffset..], 1);
        WriteUInt32BigEndian(header[RefcountOrderOffset..], RefcountOrder);
        WriteUInt32BigEndian(header[HeaderLengthOffset..], HeaderLength);

        // Header extensions: type, length, data padded to 8; the list ends with type 0 and length 0. Then the backing file's name.
        var format = "raw"u8;
        var extension = header[HeaderLength..];
        WriteUInt32BigEndian(extension, BackingFormatExtension);
        WriteInt32BigEndian(extension[sizeof(uint)..], format.Length);
        format.CopyTo(extension[(2 * sizeof(uint))..]);
        const int ExtensionSize = 2 * sizeof(uint) + 8;
        const int NameOffset = HeaderLength + ExtensionSize + 2 * sizeof(uint);
        WriteUInt64BigEndian(header[BackingNameOffsetOffset..], NameOffset);
        WriteInt32BigEndian(header[BackingNameSizeOffset..], backing.Length);
        backing.CopyTo(header[NameOffset..]);

        WriteUInt64BigEndian(file.AsSpan(RefcountTableCluster * ClusterSize), RefcountBlockCluster * ClusterSize);
        for (var cluster = 0; cluster < clusters; cluster++)
            WriteUInt16BigEndian(file.AsSpan(RefcountBlockCluster * ClusterSize + cluster * sizeof(ushort)), 1);
        File.WriteAllBytes(path, file);
    }
}
