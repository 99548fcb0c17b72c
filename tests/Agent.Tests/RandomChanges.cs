using System.Globalization;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Agent.Tests;

/// <summary>Does to a folder what users and package managers do, decided by a seed.</summary>
internal sealed class RandomChanges(string root, int seed, bool moveFolders)
{
    private readonly Random random = new(seed);
    private readonly List<string> said = [];
    private int made;

    /// <summary>Makes changes, and gives them in words.</summary>
    public IReadOnlyList<string> Make(int count)
    {
        for (var i = 0; i < count; i++)
            Change();
        return said;
    }

    private void Change()
    {
        var (files, folders) = (Files(), Folders());
        var (file, folder) = (Any(files, root), Any(folders, root));
        var regular = Any(files.FindAll(path => UnixMode.KindOf(FileFacts.Of(new BytePath(path)).Mode) == NodeKind.File), file);
        var fresh = $"{Any([root, .. folders], root)}/new{made++}";
        switch (folders.Count < 3 || files.Count < 3 ? 0 : random.Next(18))
        {
            case 0: Do("write", fresh, () => { Directory.CreateDirectory($"{fresh}.d/below"); File.WriteAllText(fresh, $"{seed} {made}"); }); break;
            case 1: Do("append", regular, () => File.AppendAllText(regular, "more\n")); break;
            case 2: Do("rewrite with the same", regular, () => File.WriteAllBytes(regular, File.ReadAllBytes(regular))); break;
            case 3: Do("chmod", regular, () => Tool.Run("chmod", "4711", regular)); break;
            case 4: Do("chown", file, () => Tool.Run("chown", "-h", "1000:42", file)); break;
            case 5: Do("touch", file, () => Tool.Run("touch", "-h", "-d", "@1600000000", file)); break;
            case 6: Do("setfattr", regular, () => Tool.TryRun("setfattr", "-h", "-n", "user.mine", "-v", $"{made}", regular)); break;
            case 7: Do("delete", file, () => File.Delete(file)); break;
            case 8 when folders.Count > 3: Do("delete folder", folder, () => Tool.Run("rm", "-rf", folder)); break;
            case 9: Do("mkdir", fresh, () => Directory.CreateDirectory(fresh)); break;
            case 10: Do("symlink", fresh, () => File.CreateSymbolicLink(fresh, "some/where")); break;
            case 11: Do("device", fresh, () => Tool.Run("mknod", fresh, "b", "240", "3")); break;
            case 12: Do("hard link", file, () => Tool.Run("ln", "-P", file, fresh)); break;
            case 13: Do("rename", file, () => File.Move(file, fresh)); break;
            case 14: Do("folder anew", folder, () => { Tool.Run("rm", "-rf", folder); Directory.CreateDirectory(folder); File.WriteAllText($"{folder}/file1", "anew"); }); break;
            case 15: Do("file for folder", folder, () => { Tool.Run("rm", "-rf", folder); File.WriteAllText(folder, "was a folder"); }); break;
            case 16: Do("mark of an overlay inside", folder, () => Tool.TryRun("setfattr", "-n", "trusted.overlay.opaque", "-v", "y", folder)); break;
            default:
                if (moveFolders && !fresh.StartsWith(folder + '/', StringComparison.Ordinal))
                    Do("move folder", $"{folder} to {fresh}", () => Tool.Run("mv", "-T", folder, fresh));
                break;
        }
    }

    private void Do(string what, string path, Action change)
    {
        said.Add(string.Create(CultureInfo.InvariantCulture, $"{what} {path.Replace(root, "", StringComparison.Ordinal)}"));
        change();
    }

    private string Any(List<string> from, string otherwise) => from.Count == 0 ? otherwise : from[random.Next(from.Count)];

    private List<string> Files() => [.. new DirectoryInfo(root).EnumerateFiles("*", Everything).Select(file => file.FullName).Order(StringComparer.Ordinal)];

    // Not /usr: something has to be left to change.
    private List<string> Folders() => [.. new DirectoryInfo(root).EnumerateDirectories("*", Everything).Where(folder => folder.LinkTarget is null).Select(folder => folder.FullName)
        .Where(path => !path.StartsWith(root + "/usr", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static EnumerationOptions Everything => new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
}
