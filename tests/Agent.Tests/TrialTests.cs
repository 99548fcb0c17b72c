using System.Text.RegularExpressions;

namespace ImageBuilder.Agent.Tests;

/// <summary>
/// The program as it is on a device: the native executable in a root that is put together as the boot program does, in mount namespaces that end with
/// the test. Needs root, and ./build.sh before.
/// </summary>
public partial class TrialTests
{
    private static string Program { get; } = Path.Combine(FindRoot(), "artifacts/device/imageagent");

    // Puts the system together at $F/root; /run is the namespace's own. Layers: a base with busybox and the agent. The layer to try: $F/root/try.squashfs.
    private const string Setup = """
        set -e
        mount --make-rprivate /
        mount -t tmpfs tmpfs $F
        mkdir -p $F/base/bin $F/base/etc $F/base/home $F/base/opt $F/base/proc $F/base/sys $F/base/dev $F/base/run $F/base/tmp $F/base/usr/bin $F/root $F/layer/etc
        cp $(command -v busybox) $F/base/bin/busybox
        for name in sh ls cat touch sleep mount stat; do ln -s busybox $F/base/bin/$name; done
        cp $PROGRAM $F/base/usr/bin/imageagent
        for library in $(ldd $PROGRAM | grep -o '/[^ ]*'); do mkdir -p $F/base${library%/*}; cp -L $library $F/base$library; done
        echo below > $F/base/etc/file; echo below > $F/base/etc/gone
        mksquashfs $F/base $F/base.squashfs -quiet -no-progress -comp zstd -Xcompression-level 1
        echo layer > $F/layer/etc/file; echo layer > $F/layer/etc/new; mknod $F/layer/etc/gone c 0 0
        mount -t tmpfs tmpfs /run
        mkdir -p /run/ib/l/0 /run/ib/upper /run/imagebuilder $F/home
        mount -o loop,ro $F/base.squashfs /run/ib/l/0
        mount -t tmpfs tmpfs /run/ib/upper; mkdir /run/ib/upper/upper /run/ib/upper/work
        mount -t overlay overlay -o lowerdir=/run/ib/l/0,upperdir=/run/ib/upper/upper,workdir=/run/ib/upper/work,redirect_dir=on,xino=on $F/root
        echo '{"schema":1,"phases":[{"name":"root","start":1,"end":2}],"decisions":[]}' > /run/imagebuilder/boot.json
        for folder in proc dev sys run; do mount --rbind /$folder $F/root/$folder; done
        echo ada > $F/home/ada; mount --bind $F/home $F/root/home; mount -t tmpfs tmpfs $F/root/tmp; echo x > $F/root/tmp/x
        mksquashfs $F/layer $F/root/try.squashfs -quiet -no-progress
        agent() { chroot $F/root /usr/bin/imageagent "$@"; }
        set +e
        """;

    [RootFact("unshare", "busybox", "mksquashfs")]
    public void The_command_sees_the_layer_and_its_exit_code_is_passed_on()
    {
        if (!IsBuilt())
            return;
        var output = InSystem("""
            agent try /try.squashfs -- sh -c 'cat /etc/file /etc/new; ls /etc/gone; cat /home/ada; ls -A /tmp; exit 7'; echo "code $?"
            agent try /try.squashfs -- sh -c 'echo x > /etc/written && cat /etc/written; touch /home/x; touch /run/x'; echo "code $?"
            echo 'cat /etc/new' | agent try /try.squashfs; echo "code $?"
            agent try /try.squashfs -- nonsense; echo "code $?"
            agent try /try.squashfs -- /etc/file; echo "code $?"
            agent try /etc/file -- ls; echo "code $?"
            agent try /nowhere -- ls; echo "code $?"
            agent try /etc -- ls; echo "code $?"
            """);
        Assert.Equal("""
            layer
            layer
            ls: /etc/gone: No such file or directory
            ada
            code 7
            x
            touch: /home/x: Read-only file system
            touch: /run/x: Read-only file system
            code 1
            layer
            code 0
            error: nonsense: not found in the layer nor in the running root
            code 127
            error: execve /etc/file: Permission denied
            code 126
            """.ReplaceLineEndings("\n"), output[..output.IndexOf("\nerror IB6121", StringComparison.Ordinal)]);
        Assert.Matches(@"error IB6121: /etc/file cannot be laid over the running root: [^\n]*\ncode 1\nerror IB6120: /nowhere is not there; [^\n]*\ncode 2\nerror IB6120: /etc is a folder; [^\n]*\ncode 2\n$", output);
    }

    [RootFact("unshare", "busybox", "mksquashfs", "findmnt", "losetup")]
    public void Nothing_is_left_however_the_command_ends()
    {
        if (!IsBuilt())
            return;
        var output = InSystem("""
            layer=try-$$.squashfs; mv $F/root/try.squashfs $F/root/$layer # other tests use loop devices meanwhile
            look() { sleep 0.2; findmnt -rn -o TARGET,SOURCE | grep $F; losetup -n -O NAME,BACK-FILE | grep -e $layer -e $F; find $F/root -xdev | sort; ls /run /run/imagebuilder; }
            look > /dev/shm/before-$$
            agent try /$layer -- sh -c 'echo x > /etc/written; rm -r /etc/file; mount -t tmpfs tmpfs /opt'
            look | diff /dev/shm/before-$$ - && echo "ended: nothing left"
            for signal in KILL INT TERM; do
                # The agent becomes the command: its process is the one that is signalled.
                chroot $F/root /usr/bin/imageagent try /$layer -- sleep 60 & pid=$!
                sleep 0.4; losetup -n -O BACK-FILE | grep -c $layer; kill -$signal $pid; wait $pid 2>/dev/null
                look | diff /dev/shm/before-$$ - && echo "$signal: nothing left"
            done
            for delay in 001 002 003 004 005 006 008 010 012 015 020 030; do
                chroot $F/root /usr/bin/imageagent try /$layer -- sleep 60 & pid=$!
                sleep 0.$delay; kill -KILL $pid; wait $pid 2>/dev/null
            done
            look | diff /dev/shm/before-$$ - && echo "killed at twelve moments: nothing left"
            rm /dev/shm/before-$$
            """);
        Assert.Equal("""
            ended: nothing left
            1
            KILL: nothing left
            1
            INT: nothing left
            1
            TERM: nothing left
            killed at twelve moments: nothing left

            """.ReplaceLineEndings("\n"), output);
    }

    [RootFact("unshare", "busybox", "mksquashfs")]
    public void The_program_is_small_quick_and_modest()
    {
        if (!IsBuilt())
            return;
        Assert.True(new FileInfo(Program).Length <= 6_000_000, $"{new FileInfo(Program).Length} bytes");
        var output = InSystem("""
            agent status > /dev/null
            for i in 1 2 3 4 5 6 7 8 9 10; do a=$(date +%s%N); agent status > /dev/null; b=$(date +%s%N); python3 -c pass; c=$(date +%s%N); echo $(( (b - a) * 100 / (c - b) )); done | sort -n | sed -n 3p
            python3 -c 'import os,resource; os.system("chroot $F/root /usr/bin/imageagent status > /dev/null"); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)'
            """).Split('\n');
        Assert.InRange(int.Parse(output[0]), 1, 400); // percent of an empty Python program's time, side by side: the machine may be busy, so the third best of ten
        Assert.InRange(int.Parse(output[1]), 1, 25 << 10); // KiB
    }

    [Fact]
    public void The_package_asks_for_the_C_library_that_the_program_needs()
    {
        if (!IsBuilt())
            return;
        // Names of symbol versions stand in the executable as they are.
        var newest = GlibcVersion().Matches(System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Program))).Select(match => Version.Parse(match.Groups["version"].Value)).Max();
        Assert.Contains($"libc6 (>= {newest})", File.ReadAllText(Path.Combine(FindRoot(), "src/Agent/debian/control")));
        Assert.DoesNotContain("libzstd.so", Tool.Run("ldd", Program));
    }

    private static string InSystem(string script)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["script"], $"F={folder.Path}/system PROGRAM={Program}\nexport F\nmkdir $F\n{Setup}\nexec 2>&1\n{script}\n");
        return Tool.Run("unshare", "--mount", "bash", folder["script"]);
    }

    private static bool IsBuilt()
    {
        Assert.True(File.Exists(Program) || !Tool.InCi, $"{Program} is not there: ./build.sh makes it");
        return File.Exists(Program);
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "ImageBuilder.sln")))
                return folder;
        throw new InvalidOperationException("ImageBuilder.sln is in none of the folders above the test");
    }

    [GeneratedRegex(@"GLIBC_(?<version>2\.[0-9]+)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex GlibcVersion();
}
