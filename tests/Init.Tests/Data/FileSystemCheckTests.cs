namespace ImageBuilder.Init.Tests.Data;

/// <summary>The real e2fsck on a data partition as the builder makes it, damaged.</summary>
public class FileSystemCheckTests
{
    private const int Block = 4096, Superblock = 1024;

    [ToolFact("mke2fs", "e2fsck", "debugfs")]
    public void A_superblock_that_is_gone_comes_back_from_its_copy()
    {
        using var folder = new TempFolder();
        Make(folder);
        Zero(folder["fs"], Superblock, Superblock);
        Assert.NotEqual(0, Tool.TryRun("e2fsck", "-p", folder["fs"]).ExitCode); // what is to be shown: it does not do it by itself

        var (code, backup) = FileSystemCheck.Run(Program, folder["fs"]);

        Assert.True(backup && FileSystemCheck.IsMended(code), $"exit code {code}");
        Tool.Run("e2fsck", "-f", "-n", folder["fs"]);
        Assert.Equal("kept", Tool.Run("debugfs", "-R", "cat file", folder["fs"]));
    }

    [ToolFact("mke2fs", "e2fsck")]
    public void What_is_sound_is_checked_by_its_own_superblock_and_what_is_no_file_system_is_left_alone()
    {
        using var folder = new TempFolder();
        Make(folder);
        Assert.Equal((0, false), FileSystemCheck.Run(Program, folder["fs"]));

        var length = new FileInfo(folder["fs"]).Length;
        using (var file = File.Create(folder["fs"]))
            file.SetLength(length);
        var (code, backup) = FileSystemCheck.Run(Program, folder["fs"]);
        Assert.False(backup || FileSystemCheck.IsMended(code), $"exit code {code}");
        Assert.DoesNotContain(File.ReadAllBytes(folder["fs"]), value => value != 0);
    }

    private static string Program => ((string[])["/sbin/e2fsck", "/usr/sbin/e2fsck"]).First(File.Exists);

    private static void Make(TempFolder folder)
    {
        File.WriteAllText(folder["file"], "kept");
        Tool.Run("mke2fs", "-q", "-t", "ext4", "-b", $"{Block}", "-J", "size=64", "-O", "metadata_csum_seed,metadata_csum,64bit,quota,project", "-E", "quotatype=prjquota", folder["fs"], "256M");
        Tool.Run("debugfs", "-w", "-R", $"write {folder["file"]} file", folder["fs"]);
        Tool.TryRun("e2fsck", "-f", "-p", folder["fs"]); // debugfs does not keep the quota's account
    }

    private static void Zero(string path, long offset, int length)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, new byte[length], offset);
    }
}
