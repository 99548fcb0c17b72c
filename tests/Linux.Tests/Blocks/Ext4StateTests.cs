using ImageBuilder.Linux.Blocks;

namespace ImageBuilder.Linux.Tests.Blocks;

/// <summary>mke2fs and debugfs are the judges.</summary>
public class Ext4StateTests
{
    [ToolTheory("mke2fs")]
    [InlineData("quota,project", true)]
    [InlineData("quota", false)]
    [InlineData("^quota", false)]
    public void Project_quotas_are_seen_in_the_features(string features, bool expected)
    {
        using var folder = new TempFolder();
        Make(folder, features);
        Assert.Equal(new Ext4State(expected, HasErrors: false), Ext4State.Read(folder["image"]));
    }

    [ToolFact("mke2fs", "debugfs")]
    public void Errors_that_the_kernel_has_noticed_are_seen()
    {
        using var folder = new TempFolder();
        Make(folder, "quota,project");
        Tool.Run("debugfs", "-w", "-R", "set_super_value state 2", folder["image"]);
        Assert.Equal(new Ext4State(HasProjectQuota: true, HasErrors: true), Ext4State.Read(folder["image"]));
    }

    [Fact]
    public void What_is_no_ext4_has_no_state()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["image"], new byte[64 << 10]);
        Assert.Null(Ext4State.Read(folder["image"]));
        File.WriteAllBytes(folder["short"], new byte[100]);
        Assert.Null(Ext4State.Read(folder["short"]));
    }

    private static void Make(TempFolder folder, string features)
    {
        File.WriteAllBytes(folder["image"], []);
        Tool.Run("mke2fs", "-q", "-F", "-t", "ext4", "-I", "256", "-O", features, folder["image"], "8M");
    }
}
