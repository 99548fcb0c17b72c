using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux.Interop;
using ImageBuilder.Pipeline.Running;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Pipeline.Inspection;

/// <summary>
/// Writes a tree to a folder, which appears whole or not at all: it is made under another name beside its place. Root restores owners, device
/// nodes, all extended attributes; an ordinary user is told once what could not be restored. Holes stay holes.
/// </summary>
public sealed class TreeUnpacker : IDisposable
{
    private const int CopyBuffer = 1 << 20;
    private const int Waiting = 64; // files whose content is still to be written; each is open
    private readonly IBuildReporter reporter;
    private readonly CancellationToken cancel;
    private readonly UnpackLosses losses = new();
    private readonly BlockingCollection<Job> jobs = new(Waiting);
    private readonly CancellationTokenSource failed;
    private readonly Dictionary<Node, int> closed = []; // folders whose own mode would keep their owner out, with that mode
    private ExceptionDispatchInfo? failure;

    private TreeUnpacker(IBuildReporter reporter, CancellationToken cancel) =>
        (this.reporter, this.cancel, failed) = (reporter, cancel, CancellationTokenSource.CreateLinkedTokenSource(cancel));

    private readonly record struct Job(SafeFileHandle File, UnpackFolder Folder, EntryName Name, Node Node);

    /// <summary>Unpacks.</summary>
    /// <param name="tree">What to write.</param>
    /// <param name="target">The folder; absent or empty, unless <paramref name="force"/> replaces it with all that is in it.</param>
    /// <param name="force">Replace the folder.</param>
    /// <param name="reporter">Hears the progress in bytes of content, and once what could not be restored.</param>
    /// <param name="cancel">Stops; nothing is left.</param>
    /// <exception cref="ImageException">IB5003: the folder is not empty. IB5202: too little space. IB5203: something cannot be written. IB5205: a path too long. Errors of reading the content.</exception>
    public static void Unpack(Tree tree, string target, bool force, IBuildReporter reporter, CancellationToken cancel)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        var exists = Directory.Exists(target);
        if (File.Exists(target) || (exists && !force && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new ImageException(ImageErrorKind.Io, "IB5003", File.Exists(target) ? $"{target} is a file; expected a folder to unpack to" : $"{target} exists already and is not empty; --force replaces it");
        if (Path.GetDirectoryName(target) is not { } parent)
            throw new ImageException(ImageErrorKind.Spec, "IB5203", $"{target} is the root folder of this machine; it cannot be replaced");
        using var work = WorkFolder.Create(parent);
        var files = tree.Walk().Select(entry => entry.Node).Where(node => node.Kind == NodeKind.File).Distinct().ToArray();
        var total = files.Sum(node => DataBytes(node.Content));
        var free = new DriveInfo(work.Path).AvailableFreeSpace;
        if (total > free)
            throw new ImageException(ImageErrorKind.LimitExceeded, "IB5202", $"the files have {total} bytes, on {parent} are {free} free");
        var made = Directory.CreateDirectory(Path.Combine(work.Path, "tree"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        using var unpacker = new TreeUnpacker(reporter, cancel);
        unpacker.Run(tree, made, total);
        // One call puts the folder into its place: over an empty one, or in exchange for what goes with the work folder.
        var (mode, old) = (MakeMovable(made), exists ? MakeMovable(target) : null);
        var moved = LibC.renameat2(LibC.AT_FDCWD, made, LibC.AT_FDCWD, target, exists && force ? LibC.RENAME_EXCHANGE : 0) >= 0;
        var error = Marshal.GetLastPInvokeError();
        if ((moved ? mode : old) is { } own)
            File.SetUnixFileMode(target, own);
        if (!moved)
            throw new ImageException(ImageErrorKind.Io, "IB5203", $"{target} cannot be put into its place: {Marshal.GetPInvokeErrorMessage(error)}");
        if (unpacker.losses.Text is { } lost)
            reporter.Warn(lost);
    }

    /// <summary>To be moved to another folder, a folder has to be writable for its owner: ".." in it changes. What it was, when that had to be changed.</summary>
    private static UnixFileMode? MakeMovable(string folder)
    {
        var mode = File.GetUnixFileMode(folder);
        if (Environment.IsPrivilegedProcess || mode.HasFlag(UnixFileMode.UserWrite))
            return null;
        try
        {
            File.SetUnixFileMode(folder, mode | UnixFileMode.UserWrite);
            return mode;
        }
        catch (UnauthorizedAccessException)
        {
            return null; // somebody else's; the move fails and says so
        }
    }

    public void Dispose()
    {
        while (jobs.TryTake(out var job))
            GiveUp(job);
        jobs.Dispose();
        failed.Dispose();
    }

    /// <summary>Makes names on this thread; others fill the files.</summary>
    private void Run(Tree tree, string folder, long total)
    {
        using var step = reporter.Begin("unpacking");
        using var root = UnpackFolder.OpenRoot(folder, losses);
        var done = 0L;
        var writers = Enumerable.Range(0, Environment.ProcessorCount).Select(i => new Thread(() => Try(() => Write(Report))) { IsBackground = true, Name = $"unpack {i}" }).ToArray();
        foreach (var writer in writers)
            writer.Start();
        Try(() => MakeAll(tree, root));
        jobs.CompleteAdding();
        foreach (var writer in writers)
            writer.Join();
        cancel.ThrowIfCancellationRequested(); // whatever fails after an interrupt fails because of it
        failure?.Throw();
        if (closed.Count > 0)
            CloseFolders(tree, root);
        if (root.Finish(tree.Root) is { } mode)
            root.Close([], mode);
        step.Complete();

        void Report(long bytes)
        {
            lock (step)
                step.Progress(done += bytes, total);
        }
    }

    /// <summary>The first failure of any thread stops the others.</summary>
    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error)
        {
            if (error is not OperationCanceledException)
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            failed.Cancel();
        }
    }

    /// <summary>Makes everything, folder by folder. Without recursion: a tree may be deeper than the stack.</summary>
    private void MakeAll(Tree tree, UnpackFolder root)
    {
        var first = new Dictionary<Node, byte[]>();
        var open = new Stack<(UnpackFolder Folder, Node Node, SortedDictionary<EntryName, Node>.Enumerator Children)>();
        open.Push((root, tree.Root, tree.Root.Children.GetEnumerator()));
        try
        {
            while (open.TryPop(out var top))
            {
                if (!top.Children.MoveNext())
                {
                    if (top.Folder == root)
                        continue; // until all is done nobody else gets into it
                    if (top.Folder.Finish(top.Node) is { } mode)
                        closed.Add(top.Node, mode);
                    top.Folder.Dispose();
                    continue;
                }
                var (name, node) = top.Children.Current;
                open.Push(top);
                if (node.IsDirectory)
                    open.Push((top.Folder.MakeFolder(name), node, node.Children.GetEnumerator()));
                else if (first.TryGetValue(node, out var way))
                    top.Folder.Link(way, name, root);
                else if (top.Folder.WayTo(name) is var here && Make(top.Folder, name, node))
                    first.Add(node, here);
            }
        }
        finally
        {
            foreach (var (unfinished, _, _) in open)
                if (unfinished != root)
                    unfinished.Dispose();
        }
    }

    /// <summary>Shuts the folders that keep even their owner out, from the deepest up: until here files were filled in them, and had more names made elsewhere.</summary>
    private void CloseFolders(Tree tree, UnpackFolder root)
    {
        var way = new List<EntryName>();
        var open = new Stack<(Node Node, SortedDictionary<EntryName, Node>.Enumerator Children)>();
        open.Push((tree.Root, tree.Root.Children.GetEnumerator()));
        while (open.TryPop(out var top))
            if (top.Children.MoveNext())
            {
                open.Push(top);
                var (name, node) = top.Children.Current;
                if (!node.IsDirectory)
                    continue;
                way.Add(name);
                open.Push((node, node.Children.GetEnumerator()));
            }
            else
            {
                if (closed.TryGetValue(top.Node, out var mode))
                    root.Close(way, mode);
                if (way.Count > 0)
                    way.RemoveAt(way.Count - 1);
            }
    }

    private bool Make(UnpackFolder folder, EntryName name, Node node)
    {
        if (node.Kind == NodeKind.File)
        {
            var job = new Job(folder.MakeFile(name), folder, name, node);
            folder.Retain();
            try
            {
                jobs.Add(job, failed.Token);
            }
            catch (OperationCanceledException)
            {
                GiveUp(job);
                throw;
            }
            return true;
        }
        if (!folder.MakeOther(name, node))
            return false;
        folder.Finish(name, node);
        return true;
    }

    private void Write(Action<long> report)
    {
        var buffer = new byte[CopyBuffer];
        foreach (var job in jobs.GetConsumingEnumerable(failed.Token))
            using (job.Folder)
            {
                using (job.File)
                    Fill(job, buffer, report);
                job.Folder.Finish(job.Name, job.Node);
            }
    }

    private static void GiveUp(in Job job)
    {
        job.File.Dispose();
        job.Folder.Dispose();
    }

    private void Fill(in Job job, byte[] buffer, Action<long> report)
    {
        var content = job.Node.Content;
        try
        {
            if (content.Length > 0)
                RandomAccess.SetLength(job.File, content.Length);
            for (var (at, end) = content.DataFrom(0); at < content.Length; (at, end) = content.DataFrom(end))
                while (at < end)
                {
                    failed.Token.ThrowIfCancellationRequested();
                    var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at));
                    content.Read(at, part);
                    RandomAccess.Write(job.File, part, at);
                    at += part.Length;
                    report(part.Length);
                }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB5203", $"{job.Folder.Path}/{job.Name} cannot be written: {error.Message}", error);
        }
        catch (ImageException error)
        {
            throw new ImageException(error.Kind, error.Id, $"{job.Folder.Path}/{job.Name}: {error.Message}", error);
        }
    }

    private static long DataBytes(Content content)
    {
        var bytes = 0L;
        for (var (start, end) = content.DataFrom(0); start < end; (start, end) = content.DataFrom(end))
            bytes += end - start;
        return bytes;
    }
}
