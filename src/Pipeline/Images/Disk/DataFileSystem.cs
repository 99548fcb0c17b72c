using System.Globalization;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Pipeline.Images.Disk;

/// <summary>
/// The ext4 file system of a data partition, by mke2fs: everything that mke2fs would choose by itself, at random or by a clock, is given, so that the
/// same plan has the same bytes with every version of it.
/// </summary>
internal static class DataFileSystem
{
    /// <summary>The least that one is made with, in bytes: the journal stays as large as it is made, also after the file system has grown.</summary>
    public const long LeastLength = 256L << 20;

    private const int BlockSize = 4096;
    private const int JournalMegabytes = 64;

    // metadata_csum_seed lets a device change the UUID; project is what caps an upper. Not: orphan_file, which kernels before 5.15 refuse.
    private const string Features = "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,"
        + "metadata_csum,metadata_csum_seed,quota,project";

    /// <summary>Makes one inside a file.</summary>
    /// <param name="file">The file; outside of the given bytes nothing is touched.</param>
    /// <param name="offset">Where it begins, in bytes.</param>
    /// <param name="length">In bytes.</param>
    /// <param name="uuid">Its UUID.</param>
    /// <param name="hashSeed">The seed of its directories' hashes.</param>
    /// <param name="epoch">Every time stamp in it.</param>
    /// <param name="cancel">Stops mke2fs.</param>
    /// <exception cref="Formats.ImageException">IB3001: mke2fs is not installed. IB3002: it failed.</exception>
    public static void Make(string file, long offset, long length, Guid uuid, Guid hashSeed, DateTimeOffset epoch, CancellationToken cancel)
    {
        var seconds = epoch.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        // Tables of inodes are left to the kernel to clear: where the file system is copied without its holes, they may lie over anything.
        new OutsideProgram("mke2fs", "e2fsprogs")
            .With("-q", "-F", "-b", $"{BlockSize}", "-i", "16384", "-I", "256", "-m", "0", "-J", $"size={JournalMegabytes}", "-L", DataLayout.Label, "-U", uuid.ToString(), "-O", Features,
                "-E", $"offset={offset},hash_seed={hashSeed},quotatype=prjquota,root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1,nodiscard", file, $"{length / 1024}k")
            .WithEnvironment("MKE2FS_CONFIG", "/dev/null")
            .WithEnvironment("E2FSPROGS_FAKE_TIME", seconds)
            .WithEnvironment("SOURCE_DATE_EPOCH", seconds)
            .Run("data partition", null, null, cancel);
    }
}
