using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Cpio;

/// <summary>
/// Writes cpio archives in the "newc" format (magic 070701), the one the kernel unpacks as initramfs:
/// Documentation/driver-api/early-userspace/buffer-format.rst. See FORMAT.md.
/// </summary>
public static class CpioWriter
{
    private const string Magic = "070701";
    private const string Trailer = "TRAILER!!!";
    private const int Alignment = 4;
    private const int CopyBufferLength = 1 << 20;
    private const long Largest = uint.MaxValue;

    /// <summary>Writes a tree, its root directory as ".", then everything below in byte order of names.</summary>
    /// <param name="tree">What to write. Extended attributes cannot be expressed and are refused.</param>
    /// <param name="output">Where to; written sequentially.</param>
    /// <param name="modifiedTime">One time for all files, in seconds since 1970; null keeps the tree's.</param>
    /// <exception cref="ImageException">
    /// IB2501: a file of 4 GiB or more. IB2502: extended attributes. IB2503: a time before 1970 or after 2106.
    /// </exception>
    public static void Write(Tree tree, Stream output, long? modifiedTime = null)
    {
        var archive = new Archive(output, modifiedTime);
        var entries = Walk([], tree.Root).ToList();
        var links = entries.GroupBy(entry => entry.Node).ToDictionary(group => group.Key, group => group.Count());
        archive.Add("."u8.ToArray(), tree.Root, tree.Root.Children.Values.Count(child => child.IsDirectory) + 2, isLastName: true);
        var left = new Dictionary<Node, int>(links);
        foreach (var (path, node) in entries)
        {
            // A hard-linked file's bytes come with its last name; the names before it are empty and join it by inode number.
            var last = --left[node] == 0;
            var count = node.IsDirectory ? node.Children.Values.Count(child => child.IsDirectory) + 2 : links[node];
            archive.Add(path, node, count, last);
        }
        archive.Finish();
    }

    // Paths as bytes: a name need not be UTF-8.
    private static IEnumerable<(byte[] Path, Node Node)> Walk(byte[] folder, Node directory)
    {
        foreach (var (name, node) in directory.Children)
        {
            byte[] path = [.. folder, .. name.Bytes];
            yield return (path, node);
            if (node.IsDirectory)
                foreach (var below in Walk([.. path, (byte)'/'], node))
                    yield return below;
        }
    }

    private sealed class Archive(Stream output, long? modifiedTime)
    {
        private readonly Dictionary<Node, uint> inodes = [];
        private readonly byte[] buffer = new byte[CopyBufferLength];
        private long position;

        public void Add(byte[] name, Node node, int links, bool isLastName)
        {
            if (node.HasXattrs)
                throw new ImageException(ImageErrorKind.Unsupported, "IB2502",
                    $"/{EntryName.Printable(name)} has extended attributes ({string.Join(", ", node.Xattrs.Keys)}), which a cpio archive cannot hold: remove them");
            if (!inodes.TryGetValue(node, out var inode))
                inodes.Add(node, inode = (uint)inodes.Count + 1);
            var data = node.Kind switch
            {
                NodeKind.File when isLastName => node.Content,
                NodeKind.Symlink => Content.From(node.Target),
                _ => Content.Empty,
            };
            if (data.Length > Largest)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB2501", $"/{EntryName.Printable(name)} has {data.Length} bytes; a cpio archive takes at most {Largest}");
            var time = modifiedTime ?? node.ModifiedTime;
            if (time is < 0 or > uint.MaxValue)
                throw new ImageException(ImageErrorKind.LimitExceeded, "IB2503",
                    $"/{EntryName.Printable(name)} was modified at {time} s since 1970; a cpio archive takes 0 to {uint.MaxValue}: give one time for all files");
            Header(name, inode, (uint)(UnixMode.TypeBits(node.Kind) | node.Mode), node.Uid, node.Gid, (uint)links, (uint)time, (uint)data.Length, node.DeviceMajor, node.DeviceMinor);
            Copy(data);
        }

        public void Finish()
        {
            Header(Encoding.ASCII.GetBytes(Trailer), 0, 0, 0, 0, 1, 0, 0, 0, 0);
            output.Flush();
        }

        // Magic, then thirteen fields of eight hexadecimal digits; then the name with its NUL; header and name together end on a
        // multiple of four, and so does the data.
        private void Header(byte[] name, uint inode, uint mode, uint uid, uint gid, uint links, uint time, uint size, uint deviceMajor, uint deviceMinor)
        {
            const uint onDeviceMajor = 0, onDeviceMinor = 0, checksum = 0;
            byte[] nameBytes = [.. name, 0];
            uint[] fields = [inode, mode, uid, gid, links, time, size, onDeviceMajor, onDeviceMinor, deviceMajor, deviceMinor, (uint)nameBytes.Length, checksum];
            var header = Magic + string.Concat(fields.Select(field => field.ToString("x8")));
            Emit(Encoding.ASCII.GetBytes(header));
            Emit(nameBytes);
            Pad();
        }

        private void Copy(Content data)
        {
            for (long offset = 0; offset < data.Length;)
            {
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, data.Length - offset));
                data.Read(offset, part);
                Emit(part);
                offset += part.Length;
            }
            Pad();
        }

        private void Emit(ReadOnlySpan<byte> bytes)
        {
            output.Write(bytes);
            position += bytes.Length;
        }

        private void Pad() => Emit(new byte[(int)(-position & (Alignment - 1))]);
    }
}
