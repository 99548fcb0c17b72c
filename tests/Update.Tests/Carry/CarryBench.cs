using System.Text;
using ImageBuilder.Linux.Files;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update.Carry;
using ImageBuilder.Update.Overlays;
using ImageBuilder.Update.Repositories;

namespace ImageBuilder.Update.Tests.Carry;

/// <summary>
/// Three trees on a tmpfs, and the kernel's overlayfs on both sides of a merge: a person changes things in a mount over the old stack, and what is judged is
/// what a mount of the new upper over the new stack shows. Needs root.
/// </summary>
internal sealed class CarryBench : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly FileTree files;

    public CarryBench()
    {
        Mount.Attach("tmpfs", folder.Path, "tmpfs");
        foreach (var name in (string[])["before", "old", "old-work", "mine", "theirs", "upper", "work", "second", "view"])
            Directory.CreateDirectory(folder[name]);
        files = new FileTree(folder.Path);
    }

    public string this[string name] => folder[name];

    /// <summary>Makes the old stack and the new one, and lets a person change the old one.</summary>
    /// <param name="both">Shell commands for both stacks, run in their roots.</param>
    /// <param name="mine">What the person does.</param>
    /// <param name="theirs">What the new stack has differently.</param>
    public void Prepare(string both, string mine, string theirs)
    {
        Shell("before", both);
        Shell("theirs", both);
        Shell("theirs", theirs);
        MountMine();
        Shell("mine", mine);
    }

    public void MountMine() => MountOverlay("mine", "before", "old", "old-work");

    private void MountOverlay(string at, string lower, string upper, string work) => Mount.Attach("overlay", folder[at], "overlay", MountFlags.None,
        $"lowerdir={folder[lower]},upperdir={folder[upper]},workdir={folder[work]},redirect_dir=on,metacopy=off,index=off,xino=on");

    /// <summary>Merges, with the old upper as a short cut and without, and shows the result.</summary>
    public CarryReport Merge(params string[] paths)
    {
        // Lazily: a process that another test starts holds what is open until its exec.
        Mount.Detach(folder["mine"], lazy: true);
        // As Init shows it: nothing of the old slot can be written to.
        Mount.Attach("overlay", folder["mine"], "overlay", MountFlags.ReadOnly, $"lowerdir={folder["old"]}:{folder["before"]},xino=on");
        var report = CarryMerge.Run(files, new CarryTrees("/before", "/mine", "/theirs", "/upper", "/old"), paths.Length == 0 ? ["/etc"] : paths);
        var slow = CarryMerge.Run(files, new CarryTrees("/before", "/mine", "/theirs", "/second"), paths.Length == 0 ? ["/etc"] : paths);
        Assert.Equal(Look("second"), Look("upper"));
        Assert.Equal(slow.ToBytes(), report.ToBytes());
        Assert.Equal(report.ToBytes(), CarryReport.Parse(report.ToBytes()).ToBytes());
        MountOverlay("view", "theirs", "upper", "work");
        return report;
    }

    /// <summary>A tree as text, without times.</summary>
    public string Look(string tree)
    {
        var text = new StringBuilder();
        Describe($"/{tree}", "");
        return text.ToString();

        void Describe(string at, string path)
        {
            var entry = files.Find(at)!.Value;
            var content = entry.Kind switch { FileKind.Regular => files.Read(at, (int)entry.Length), FileKind.Link => files.ReadLink(at), _ => [] };
            if (path.Length > 0)
                text.Append($"{path} {entry.Kind} {Convert.ToString(entry.Mode, 8)} {entry.Uid}:{entry.Gid} {(entry.IsFolder ? 0 : entry.Links)} {entry.Device} {Convert.ToHexString(content)}");
            foreach (var name in path.Length > 0 ? files.AttributeNames(at) : [])
                text.Append($" {name}={Convert.ToHexString(files.GetAttribute(at, name)!)}");
            text.Append('\n');
            if (entry.IsFolder)
                foreach (var name in files.List(at))
                    Describe($"{at}/{name}", $"{path}/{name}");
        }
    }

    /// <summary>What would hide something new, while the person's system runs. The paths at which the stacks differ are told, as a repository tells them.</summary>
    public IReadOnlyList<ShadowedEntry> Shadowed(IReadOnlyDictionary<string, PathContent> differing, string[] carry, params string[] persist) =>
        ShadowedEntries.Of(UpperChanges.Of(OverlayUpper.Read(folder["old"], folder["before"])), carry, persist, differing);

    public string Shell(string tree, string script)
    {
        var (code, output, error) = Tool.TryRun("sh", "-ec", $"cd '{folder[tree]}'\n{script}");
        return code == 0 ? output : throw new InvalidOperationException($"{script}\n{error}");
    }

    public void Dispose()
    {
        files.Dispose();
        foreach (var mount in MountInfo.Read().Where(mount => mount.Target == folder.Path || mount.Target.StartsWith(folder.Path + '/', StringComparison.Ordinal)).Reverse())
            Mount.Detach(mount.Target, lazy: true);
        folder.Dispose();
    }
}
