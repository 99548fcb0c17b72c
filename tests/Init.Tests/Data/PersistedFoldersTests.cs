using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init.Tests.Data;

/// <summary>Copies keep owners and attributes: needs root.</summary>
public class PersistedFoldersTests
{
    [RootFact("setfattr", "getfattr", "stat")]
    public void A_folder_begins_as_a_copy_of_what_the_image_has_with_owners_modes_and_attributes()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["root/home/ada"]);
        Directory.CreateDirectory(folder["data"]);
        File.WriteAllText(folder["root/home/ada/file"], "seed");
        Tool.Run("chown", "1000:1001", folder["root/home/ada"], folder["root/home/ada/file"]);
        Tool.Run("chmod", "2750", folder["root/home/ada"]);
        Tool.Run("setfattr", "-n", "user.note", "-v", "kept", folder["root/home"]);
        File.CreateSymbolicLink(folder["root/home/link"], "/nowhere");
        using var data = new FileTree(folder["data"]);

        Assert.True(PersistedFolders.Seed(data, folder["data"], folder["root/home"], DataLayout.Persisted("/home")));

        var copy = folder["data"] + DataLayout.Persisted("/home");
        Assert.Equal("2750 1000 1001\n", Tool.Run("stat", "-c", "%a %u %g", $"{copy}/ada"));
        Assert.Equal("1000 1001\n", Tool.Run("stat", "-c", "%u %g", $"{copy}/ada/file"));
        Assert.Equal("seed", File.ReadAllText($"{copy}/ada/file"));
        Assert.Equal("/nowhere", new FileInfo($"{copy}/link").LinkTarget);
        Assert.Contains("user.note=\"kept\"", Tool.Run("getfattr", "--absolute-names", "-d", copy));
    }

    [RootFact]
    public void A_folder_that_is_there_stays_as_it_is_and_a_copy_that_was_cut_off_is_made_again()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["root/app"]);
        File.WriteAllText(folder["root/app/file"], "seed");
        Directory.CreateDirectory(folder["data/ib/persist/.new-app"]);
        File.WriteAllText(folder["data/ib/persist/.new-app/half"], "");
        using var data = new FileTree(folder["data"]);

        Assert.True(PersistedFolders.Seed(data, folder["data"], folder["root/app"], "/ib/persist/app"));
        Assert.Equal(["file"], data.List("/ib/persist/app"));
        Assert.Equal(["app"], data.List("/ib/persist"));

        File.WriteAllText(folder["data/ib/persist/app/file"], "changed");
        Assert.False(PersistedFolders.Seed(data, folder["data"], folder["root/app"], "/ib/persist/app"));
        Assert.Equal("changed", File.ReadAllText(folder["data/ib/persist/app/file"]));
    }

    [RootFact]
    public void A_path_that_the_image_does_not_have_begins_empty()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["data"]);
        using var data = new FileTree(folder["data"]);
        Assert.True(PersistedFolders.Seed(data, folder["data"], folder["nothing"], "/ib/persist/x"));
        Assert.Empty(data.List("/ib/persist/x"));
    }
}
