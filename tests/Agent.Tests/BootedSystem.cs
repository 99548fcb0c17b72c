using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Tests.Updates;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Linux.Mounts;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Slots;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Agent.Tests;

/// <summary>A system as the boot program leaves it, in a folder: two layers, a data partition, an upper, and the root that the kernel makes of them. Needs root.</summary>
internal sealed class BootedSystem : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly List<string> mounts = [];

    /// <param name="kind">"persistent", "tmpfs" or "none".</param>
    /// <param name="settings">What the image asks for.</param>
    /// <param name="dataMiB">With a disk of two slots (<see cref="Updates.SlotDisk"/>), whose data partition has so many MiB; 0 for none.</param>
    public BootedSystem(string kind = "persistent", ImageSettings? settings = null, int dataMiB = 0)
    {
        try
        {
            if (dataMiB > 0)
                Disk = new SlotDisk(folder["disk"], dataMiB);
            MakeBase(settings ?? new ImageSettings { Name = "appliance", Version = "1.0.0", Upper = kind, Persist = ["/home"], Snapshots = 2 });
            Directory.CreateDirectory(folder["top/etc"]);
            File.WriteAllText(folder["top/etc/top"], "top\n");
            Tool.Run("mknod", folder["top/etc/hidden"], "c", "0", "0");
            Attach(folder["run"], "tmpfs");
            for (var i = 0; i < 2; i++)
                AttachLayer(folder[$"{(i == 0 ? "top" : "base")}"], folder[$"run/ib/l/{i}"]);
            Directory.CreateDirectory(folder["run/imagebuilder"]);
            Directory.CreateDirectory(Root);
            if (kind == "persistent")
                MakeData();
            MountRoot(kind);
            WriteReport(kind, Slot.A, Disk?.Factory.Id ?? Stack);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public static StackId Stack { get; } = StackId.Parse(new string('a', 64));

    /// <summary>The disk with slots that it was started from; null for a stick.</summary>
    public SlotDisk? Disk { get; }

    public string Root => folder["root"];

    public string Run => folder["run"];

    public string Data => folder["run/ib/data"];

    /// <summary>The layers' folders, the top one first.</summary>
    public IReadOnlyList<string> Layers => [folder["run/ib/l/0"], folder["run/ib/l/1"]];

    /// <summary>A path in the root.</summary>
    public string this[string path] => Root + path;

    /// <summary>Another path, outside.</summary>
    public string Outside(string name) => folder[name];

    /// <summary>The state record.</summary>
    public StateRecord Record
    {
        get
        {
            if (Disk is not null)
            {
                using var partition = RawDevice.OpenToRead(Disk.PathOf(PartitionCopies.Label));
                return new StateStore(new PartitionCopies(partition)).Load().Record!;
            }
            using var data = new Linux.Files.FileTree(Data);
            return new StateStore(new FileCopies(data)).Load().Record!;
        }
    }

    /// <summary>As the boot loader and the boot program leave it after a start of a slot. The root stays as it is: nothing is booted.</summary>
    public BootStep Start(Slot slot)
    {
        using var partition = RawDevice.Open(Disk!.PathOf(PartitionCopies.Label), isBlockDevice: true);
        using var esp = RawDevice.OpenShared(Disk.PathOf(EspHints.Label));
        var hints = EspHints.Open(partition, esp);
        hints.SetOnce(null);
        var step = new SlotSwitch(new StateStore(new PartitionCopies(partition)), hints).OnBoot(slot);
        var stack = step.Record.Of(slot).Stack;
        WriteReport("persistent", slot, stack);
        if (step.Trial)
            File.WriteAllText($"{Run}/imagebuilder/trial", stack.ToString());
        else
            File.Delete($"{Run}/imagebuilder/trial");
        return step;
    }

    /// <summary>Runs the agent on it.</summary>
    public (int Code, string Output, string Error) Agent(params string[] arguments) => Capture(arguments, () => Device.Open(Root, Run, Disk?.Sysfs ?? "/sys"));

    /// <summary>Runs the agent on whatever a function says.</summary>
    public static (int Code, string Output, string Error) Capture(string[] arguments, Func<Device> device)
    {
        var (output, error) = (new System.Text.StringBuilder(), new System.Text.StringBuilder());
        var code = CommandLine.Run(arguments, new AgentConsole(text => output.Append(text), text => error.Append(text)), device);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Mounts layers over one another, read-only, and gives the folder.</summary>
    public string MountOver(string name, params IEnumerable<string> layers)
    {
        var target = Directory.CreateDirectory(folder[name]).FullName;
        new Overlay([.. layers]).MountAt(target);
        mounts.Add(target);
        return target;
    }

    /// <summary>Mounts a SquashFS image, and gives the folder.</summary>
    public string MountImage(string image, string name)
    {
        var target = Directory.CreateDirectory(folder[name]).FullName;
        using var loop = LoopDevice.Attach(image);
        Mount.Attach(loop.Path, target, "squashfs", MountFlags.ReadOnly);
        mounts.Add(target);
        return target;
    }

    public void Dispose()
    {
        foreach (var mount in mounts.AsEnumerable().Reverse())
            Mount.Detach(mount, lazy: true);
        Disk?.Dispose();
        folder.Dispose();
    }

    private void MakeBase(ImageSettings settings)
    {
        foreach (var path in (string[])["etc", "home", "opt/app/sub/deep", "opt/other", "usr/lib/imagebuilder", "var/lib/data"])
            Directory.CreateDirectory(folder[$"base/{path}"]);
        for (var i = 0; i < 6; i++)
            foreach (var path in (string[])["etc", "opt/app", "opt/app/sub", "opt/app/sub/deep", "opt/other", "var/lib/data"])
                File.WriteAllText(folder[$"base/{path}/file{i}"], $"{path} {i}\n" + new string('x', i * 3000));
        File.WriteAllText(folder["base/etc/hidden"], "hidden\n");
        File.CreateSymbolicLink(folder["base/etc/link"], "file0");
        Tool.Run("setfattr", "-n", "user.base", "-v", "1", folder["base/opt/app/file1"]);
        File.WriteAllBytes(folder["base" + ImageSettings.Path], settings.ToBytes());
        Tool.Run("find", folder["base"], "-exec", "touch", "-h", "-d", "@1700000000", "{}", "+");
    }

    private void AttachLayer(string source, string target)
    {
        Tool.Run("mksquashfs", source, source + ".squashfs", "-quiet", "-no-progress", "-comp", "zstd", "-Xcompression-level", "1");
        MountImage(source + ".squashfs", target[(folder.Path.Length + 1)..]);
    }

    private void MakeData()
    {
        if (Disk is null)
        {
            Attach(Data, "tmpfs");
        }
        else
        {
            Directory.CreateDirectory(Data);
            Mount.Attach(Disk.DataDevice, Data, "ext4");
            mounts.Add(Data);
        }
        using var data = new Linux.Files.FileTree(Data);
        using var partition = Disk is null ? null : RawDevice.Open(Disk.PathOf(PartitionCopies.Label), isBlockDevice: true);
        var state = new StateStore(partition is null ? new FileCopies(data) : new PartitionCopies(partition));
        if (Disk is null)
            state.Save(StateRecord.AsShipped(Stack));
        new UpperStore(data, state).Open(Slot.A, Disk?.Factory.Id ?? Stack);
        Directory.CreateDirectory(Data + DataLayout.Persisted("/home"));
    }

    private void MountRoot(string kind)
    {
        var overlay = new Overlay(Layers);
        if (kind != "none")
        {
            var upper = kind == "persistent" ? Data + DataLayout.Upper(1) : folder["run/ib/upper"];
            if (kind == "tmpfs")
                Attach(upper, "tmpfs");
            foreach (var part in (string[])["upper", "work"])
                Directory.CreateDirectory($"{upper}/{part}");
            overlay = overlay with { Upper = $"{upper}/upper", Work = $"{upper}/work" };
        }
        overlay.MountAt(Root);
        mounts.Add(Root);
    }

    private void WriteReport(string kind, Slot slot, StackId stack) => File.WriteAllText(folder["run/imagebuilder/boot.json"], $$"""
        {"schema":1,"slot":"{{slot.ToString().ToLowerInvariant()}}","stack":"{{stack}}",{{(Disk is null ? "" : $"\"disk\":\"/dev/disk\",")}}"upper":{"kind":"{{kind}}","number":{{(kind == "persistent" ? "1" : "null")}},"why":"the image's settings"},"data":"/dev/vda7",
        "failures":["the data partition was checked"],"phases":[{"name":"root","start":1,"end":1500000}],"decisions":[{"what":"slot","choice":"a","reason":"default"}]}
        """);

    private void Attach(string target, string type)
    {
        Directory.CreateDirectory(target);
        Mount.Attach(type, target, type);
        mounts.Add(target);
    }
}
