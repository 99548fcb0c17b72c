namespace ImageBuilder.EndToEnd.Tests;

/// <summary>`layer` as people run it.</summary>
public sealed class LayerTests
{
    [RootFact("setpriv")]
    public void An_upper_is_refused_to_who_cannot_see_its_marks()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["upper"]);
        File.WriteAllText(folder["upper/file"], "");
        var (code, output, error) = Tool.TryRun("setpriv", "--inh-caps=-sys_admin", "--bounding-set=-sys_admin", "--", Program.Path, "layer", folder["upper"], "--from", "upper", "-o", folder["layer.squashfs"]);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("IB6151", error, StringComparison.Ordinal);
        Assert.Contains("Run this as root", error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["layer.squashfs"]));
    }
}
