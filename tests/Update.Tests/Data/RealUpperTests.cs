using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Tests.Data;

/// <summary>Uppers on a real ext4 under the kernel's overlayfs: what a person sees in the merged view is what must be kept, copied and brought back.</summary>
public sealed class RealUpperTests : IDisposable
{
    private static readonly StackId Stack = new([.. Enumerable.Repeat((byte)7, StackId.Length)]);
    private readonly TempFolder folder = new();
    private FileTree? files;

    [RootFact("mke2fs", "mount", "setfattr", "getfattr")]
    public void A_reset_keeps_at_a_path_what_was_seen_there_and_forgets_the_rest()
    {
        var uppers = Start();
        Merged(uppers, """
            echo edited > etc/app/conf; rm etc/app/gone; chmod 700 etc/app; setfattr -n user.mark -v yes etc/app/conf
            mkdir etc/app/new; echo new > etc/app/new/file; ln etc/app/new/file etc/app/new/second; ln -s ../conf etc/app/new/link
            rm -r etc/replaced; mkdir etc/replaced; echo mine > etc/replaced/mine; mkdir etc/replaced/deep; echo deep > etc/replaced/deep/file
            echo other > etc/other; rm etc/deleted; echo unseen > root/notes; mv home/lower home/moved; echo more > home/moved/more
            mkfifo etc/app/pipe; truncate -s 1M etc/app/sparse; printf end >> etc/app/sparse
            """);
        var before = (Look("etc/app"), Look("etc/replaced/deep"), Look("home"));

        uppers.Reset(Slot.A, Stack, ["/etc/app", "/etc/replaced/deep", "/home/", "/usr/unchanged"]);
        Mount(uppers);

        Assert.Equal(before, (Look("etc/app"), Look("etc/replaced/deep"), Look("home")));
        Assert.Equal("edited\n", File.ReadAllText(At("etc/app/conf")));
        Assert.False(File.Exists(At("etc/app/gone")), "the deletion is kept");
        // Everything else is as in the layer.
        Assert.Equal("factory\n", File.ReadAllText(At("etc/other")));
        Assert.True(File.Exists(At("etc/deleted")));
        Assert.True(File.Exists(At("etc/replaced/factory")), "beside a kept path the layer shows again");
        Assert.False(File.Exists(At("etc/replaced/mine")));
        Assert.False(File.Exists(At("root/notes")));
        Assert.True(new FileInfo(At("etc/app/sparse")).Length > 1 << 20);
        Assert.InRange(files!.Find($"{DataLayout.Upper(2)}/upper/etc/app/sparse")!.Value.Allocated, 0, 64 << 10);
        Unmount();
    }

    [RootFact("mke2fs", "mount", "setfattr", "getfattr")]
    public void What_cannot_be_kept_is_refused_and_leaves_nothing_behind()
    {
        var uppers = Start();
        Merged(uppers, "mv home/lower home/moved; rm -r etc/replaced; mkdir etc/replaced");

        Assert.Equal("IB6023", Refused("/home/moved/file"));
        Assert.Equal("IB6022", Refused("/etc/replaced/factory"));
        Assert.Equal("IB6021", Refused("etc"));
        Assert.Equal("IB6021", Refused("/etc/../root"));
        Assert.Equal("IB6021", Refused("/"));
        Assert.Equal(["1"], files!.List(DataLayout.Uppers));

        string Refused(string path) => Assert.Throws<ImageException>(() => uppers.Reset(Slot.A, Stack, [path])).Id;
    }

    [RootFact("mke2fs", "mount", "setfattr", "getfattr")]
    public void A_snapshot_shows_the_same_and_a_rollback_brings_it_back()
    {
        var uppers = Start();
        Merged(uppers, "echo one > etc/other; rm etc/deleted; rm -r etc/replaced; mkdir etc/replaced; mv home/lower home/moved; mknod root/device c 1 3; chown 12:34 root/device; chmod 4755 root/device");
        var first = Look("");
        var (number, _) = uppers.Snapshot(Slot.A, Stack);
        Merged(uppers, "echo two > etc/other; rm root/device");
        var second = Look("");

        uppers.Rollback(Slot.A, Stack, number);
        Mount(uppers);
        Assert.Equal(first, Look(""));
        uppers.Rollback(Slot.A, Stack, 1);
        Mount(uppers);
        Assert.Equal(second, Look(""));
        Unmount();

        Assert.Equal([(1u, false, true), (number, true, true)], uppers.List().Select(upper => (upper.Number, upper.IsKept, upper.IsNamed)));
        Assert.Equal("IB6026", Assert.Throws<ImageException>(() => uppers.Rollback(Slot.A, Stack, 99)).Id);
        Assert.Equal("IB6024", Assert.Throws<ImageException>(() => uppers.Snapshot(Slot.A, Stack, reserve: 1L << 50)).Id);
        uppers.Forget(number);
        Assert.True(uppers.Collect(TimeSpan.FromMinutes(1)).IsComplete);
        Assert.Equal(["1"], files!.List(DataLayout.Uppers));
    }

    [RootFact("mke2fs", "mount", "chattr")]
    public void A_collection_stops_when_time_is_up_and_goes_on_and_deletes_what_is_protected()
    {
        var uppers = Start();
        Merged(uppers, "mkdir root/many; for i in 1 2 3 4 5 6 7 8 9; do echo $i > root/many/$i; done");
        Tool.Run("chattr", "+i", $"{Data}{DataLayout.Upper(1)}/upper/root/many/5");
        uppers.Reset(Slot.A, Stack, []);
        uppers.Open(Slot.A, Stack);

        var stopped = uppers.Collect(TimeSpan.FromTicks(-1));
        Assert.Equal((false, 0), (stopped.IsComplete, stopped.Deleted));
        Assert.Equal([DataLayout.Upper(1)], stopped.Uppers);
        var rest = uppers.Collect(TimeSpan.FromMinutes(1));
        Assert.Equal((true, 0), (rest.IsComplete, rest.Failures.Count));
        Assert.Equal([], files!.List(DataLayout.Trash));
    }

    [RootFact("mke2fs", "mount")]
    public void A_link_in_an_upper_leads_nowhere_and_names_need_not_be_UTF_8()
    {
        var uppers = Start();
        var upper = $"{DataLayout.Upper(1)}/{DataLayout.UpperName}";
        Shell(Data + upper, "ln -s /etc out; mkdir dir; touch \"$(printf 'dir/\\377\\376x')\" 'dir/\u00fc\U0001F600'");

        Assert.Null(files!.Find($"{upper}/out/passwd"));
        Assert.Throws<Linux.LinuxException>(() => files.Read($"{upper}/out/passwd", 10));
        Assert.Equal(FileKind.Link, files.Find($"{upper}/out")!.Value.Kind);
        var (number, _) = uppers.Snapshot(Slot.A, Stack);
        Assert.Equal(Shell(Data + upper, "ls dir | od -c"), Shell(Data + $"{DataLayout.Upper(number)}/upper", "ls dir | od -c"));
    }

    [RootFact("mke2fs", "mount")]
    public void A_lost_record_is_made_anew_from_what_is_there()
    {
        var uppers = Start();
        var state = new StateStore(new FileCopies(files!));
        uppers.Snapshot(Slot.A, Stack);
        files!.Write($"{DataLayout.Upper(1)}/{DataLayout.StampName}", "damaged\n"u8);
        Assert.Equal("IB6013", Assert.Throws<ImageException>(() => uppers.Rebuild(Stack)).Id);
        foreach (var copy in DataLayout.StateFiles)
            files.Write(copy, new byte[IStateCopies.PlaceLength]);
        Assert.Equal("IB6012", Assert.Throws<ImageException>(() => uppers.Open(Slot.A, Stack)).Id);

        var (record, said) = uppers.Rebuild(Stack);

        Assert.Equal((2u, 3u, Stack), (record.A.Upper, record.NextUpper, record.B.Stack));
        Assert.Equal([1u], record.Kept);
        Assert.Contains(said, line => line.Contains("upper 2", StringComparison.Ordinal));
        Assert.Equal(record.ToBytes(), state.Load().Record!.ToBytes());
        Assert.All(state.Load().Faults.Skip(1), fault => Assert.Contains("/ib/state.1", fault, StringComparison.Ordinal));
    }

    [RootFact("mke2fs", "mount")]
    public void Two_programs_that_change_the_record_at_once_are_noticed()
    {
        _ = Start();
        var state = new StateStore(new FileCopies(files!));
        var seen = state.Load().Record!;
        state.Save(seen with { Epoch = 1 });
        Assert.Equal("IB6011", Assert.Throws<ImageException>(() => state.Save(seen with { Epoch = 2 })).Id);
        Assert.Equal(1u, state.Load().Record!.Epoch);
    }

    public void Dispose()
    {
        files?.Dispose();
        Unmount();
        Tool.TryRun("umount", Data);
        folder.Dispose();
    }

    private string Data => folder["data"];

    private string At(string path) => Path.Combine(folder["merged"], path);

    private UpperStore Start()
    {
        Tool.Run("mke2fs", "-q", "-t", "ext4", folder["image"], "64M");
        foreach (var name in (string[])["data", "lower", "merged"])
            Directory.CreateDirectory(folder[name]);
        Tool.Run("mount", "-o", "loop", folder["image"], Data);
        Shell(folder["lower"], """
            mkdir -p etc/app etc/replaced/deep home/lower root usr/unchanged
            for f in etc/app/conf etc/app/gone etc/other etc/deleted etc/replaced/factory etc/replaced/deep/lower home/lower/file; do echo factory > $f; done
            """);
        files = new FileTree(Data);
        var state = new StateStore(new FileCopies(files));
        var uppers = new UpperStore(files, state, 3);
        uppers.Rebuild(Stack);
        uppers.Open(Slot.A, Stack);
        return uppers;
    }

    /// <summary>Lets a person do something in the merged view.</summary>
    private void Merged(UpperStore uppers, string script)
    {
        Mount(uppers);
        Shell(folder["merged"], script);
    }

    private void Mount(UpperStore uppers)
    {
        Unmount();
        var upper = Data + uppers.Open(Slot.A, Stack).Folder;
        Tool.Run("mount", "-t", "overlay", "overlay", "-o", $"lowerdir={folder["lower"]},upperdir={upper}/upper,workdir={upper}/work,redirect_dir=on,metacopy=off,index=off", folder["merged"]);
    }

    private void Unmount()
    {
        if (Directory.Exists(folder["merged"]))
            Tool.TryRun("umount", folder["merged"]);
    }

    /// <summary>Everything that can be seen of a tree, but for the times of folders, which a reset may change.</summary>
    private string Look(string path) => Shell(At(path),
        "find . -printf '%P %y %m %U:%G %n %l' -a \\( -type f -printf ' %s %T@' -o -true \\) -printf '\\n' | sort; find . -type f | sort | xargs -r sha256sum; getfattr -R -h -d -m user . 2>&1 | sort");

    private static string Shell(string at, string script)
    {
        var (code, output, error) = Tool.TryRun("sh", "-ec", $"cd '{at}'\n{script}");
        return code == 0 ? output : throw new InvalidOperationException($"{script}\n{error}");
    }
}
