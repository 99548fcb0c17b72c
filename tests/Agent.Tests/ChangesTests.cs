using System.Text.Json;

namespace ImageBuilder.Agent.Tests;

/// <summary>Changes against what is really different between the layers and the root. Needs root.</summary>
public class ChangesTests
{
    [RootTheory("mksquashfs", "setfattr")]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Every_difference_between_layers_and_root_is_listed_and_nothing_else(int seed)
    {
        using var system = new BootedSystem();
        var before = Paths(system.MountOver("before", system.Layers));
        var said = new RandomChanges(system.Root, seed, moveFolders: false).Make(50);
        var after = Paths(system.Root);
        var expected = new List<string>();
        foreach (var (path, (facts, data)) in after)
            if (!before.TryGetValue(path, out var old))
                expected.Add($"A {path}");
            else if (old.Data != data)
                expected.Add($"M {path}");
            else if (old.Facts != facts)
                expected.Add($"m {path}");
        // Of a deleted folder only the folder itself: everything in it is gone with it.
        foreach (var path in before.Keys.Where(path => !after.ContainsKey(path)))
            if (Path.GetDirectoryName(path) is var parent && (parent == "/" || (after.TryGetValue(parent!, out var now) && now.Data == "d")))
                expected.Add($"D {path}");
        var (code, output, error) = system.Agent("changes");
        Assert.Equal((0, ""), (code, error));
        var found = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(expected.ToHashSet().SetEquals(found), $"""
            after {string.Join("; ", said)}
            not listed: {string.Join(", ", expected.Except(found))}
            listed, but no change: {string.Join(", ", found.Except(expected))}
            """);
    }

    [RootFact("mksquashfs")]
    public void A_moved_folder_is_one_line_and_what_changed_in_it_others()
    {
        using var system = new BootedSystem();
        Directory.Move(system["/opt/app"], system["/var/app"]);
        File.AppendAllText(system["/var/app/sub/file1"], "more");
        File.Delete(system["/var/app/file2"]);
        Assert.Equal("R /opt/app -> /var/app\nD /var/app/file2\nM /var/app/sub/file1\n", system.Agent("changes").Output);
        Assert.Equal("D /var/app/file2\n", system.Agent("changes", "/var/app/file2").Output);
        using var json = JsonDocument.Parse(system.Agent("changes", "--json").Output);
        var moved = json.RootElement.GetProperty("changes")[0];
        Assert.Equal(("moved", "/opt/app", "directory"), (moved.GetProperty("change").GetString(), moved.GetProperty("from").GetString(), moved.GetProperty("type").GetString()));
    }

    [RootFact("mksquashfs")]
    public void An_upper_that_changes_nothing_has_no_changes_even_when_files_were_copied_up()
    {
        using var system = new BootedSystem("tmpfs");
        using (File.OpenWrite(system["/etc/file1"]))
        {
        }
        Assert.True(File.Exists(system.Outside("run/ib/upper/upper/etc/file1")));
        Assert.Equal((0, "", ""), system.Agent("changes"));
        Assert.Contains("\"changes\":{\"added\":0", system.Agent("status", "--json", "--changes").Output);
    }

    [RootFact("mksquashfs")]
    public void Looking_leaves_no_mount_behind()
    {
        using var system = new BootedSystem();
        var before = File.ReadAllText("/proc/self/mountinfo").Split('\n').Count(line => line.Contains(system.Run, StringComparison.Ordinal));
        system.Agent("changes");
        Assert.Equal(before, File.ReadAllText("/proc/self/mountinfo").Split('\n').Count(line => line.Contains(system.Run, StringComparison.Ordinal)));
    }

    /// <summary>Path to metadata and data. A folder's time is not its metadata: it changes with what is in it.</summary>
    private static Dictionary<string, (string Facts, string Data)> Paths(string folder)
    {
        var result = new Dictionary<string, (string, string)>();
        foreach (var line in TreeLines.Of(folder).Skip(1))
        {
            var fields = line.Split(' ');
            var kind = fields[1][0];
            var data = kind == 'd' ? "d" : $"{kind}{fields[4]}";
            result[fields[0]] = ($"{fields[1]} {fields[2]} {(kind == 'd' ? "" : fields[3])} {fields[5]}", data);
        }
        return result;
    }
}
