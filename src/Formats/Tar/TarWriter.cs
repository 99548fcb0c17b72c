using System.Globalization;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tar;

/// <summary>
/// Writes a <see cref="Tree"/> as a pax archive (POSIX.1-2017): ustar headers, extended headers only where something does not fit,
/// extended attributes as SCHILY.xattr records, hard links after their first name. The output may be a pipe.
/// </summary>
public static class TarWriter
{
    /// <summary>Writes the whole tree, root directory first, names in byte order.</summary>
    /// <exception cref="ImageException">IB2306: the tree holds a socket, which tar cannot store.</exception>
    public static void Write(Tree tree, Stream output, CancellationToken cancel = default)
    {
        var firstNames = new Dictionary<Node, byte[]>(ReferenceEqualityComparer.Instance);
        WriteMember(output, "./"u8.ToArray(), tree.Root, null);
        WriteChildren([(byte)'.', (byte)'/'], tree.Root);
        output.Write(new byte[2 * TarField.BlockSize]);

        void WriteChildren(byte[] prefix, Node directory)
        {
            foreach (var (name, node) in directory.Children)
            {
                cancel.ThrowIfCancellationRequested();
                byte[] path = [.. prefix, .. name.Bytes];
                if (node.IsDirectory)
                {
                    path = [.. path, (byte)'/'];
                    WriteMember(output, path, node, null);
                    WriteChildren(path, node);
                }
                else if (firstNames.TryGetValue(node, out var first))
                {
                    WriteMember(output, path, node, first);
                }
                else
                {
                    firstNames.Add(node, path);
                    WriteMember(output, path, node, null);
                }
            }
        }
    }

    private static void WriteMember(Stream output, byte[] path, Node node, byte[]? linkTo)
    {
        Span<byte> block = stackalloc byte[TarField.BlockSize];
        block.Clear();
        var pax = new MemoryStream();
        var type = linkTo is not null ? '1' : node.Kind switch
        {
            NodeKind.File => '0',
            NodeKind.Symlink => '2',
            NodeKind.CharacterDevice => '3',
            NodeKind.BlockDevice => '4',
            NodeKind.Directory => '5',
            NodeKind.Fifo => '6',
            _ => throw new ImageException(ImageErrorKind.Unsupported, "IB2306", $"'{EntryName.Printable(path)}' is a socket, which tar cannot store"),
        };
        var size = type == '0' ? node.Content.Length : 0;
        PutBytes(block, TarField.Name, path, "path", pax);
        PutBytes(block, TarField.LinkName, linkTo ?? node.Target.Span, "linkpath", pax);
        PutNumber(block, TarField.Mode, node.Mode, "mode", pax);
        PutNumber(block, TarField.Uid, node.Uid, "uid", pax);
        PutNumber(block, TarField.Gid, node.Gid, "gid", pax);
        PutNumber(block, TarField.Size, size, "size", pax);
        PutNumber(block, TarField.ModifiedTime, node.ModifiedTime, "mtime", pax);
        PutNumber(block, TarField.DeviceMajor, node.DeviceMajor, "SCHILY.devmajor", pax);
        PutNumber(block, TarField.DeviceMinor, node.DeviceMinor, "SCHILY.devminor", pax);
        if (node.HasXattrs && linkTo is null)
            foreach (var (key, value) in node.Xattrs)
                PutRecord(pax, "SCHILY.xattr." + key, value);

        if (pax.Length > 0)
        {
            Span<byte> header = stackalloc byte[TarField.BlockSize];
            header.Clear();
            "./PaxHeaders/x"u8.CopyTo(TarField.Name.In(header));
            TarField.Mode.TryPutOctal(header, UnixMode.Octal0644);
            TarField.Uid.TryPutOctal(header, 0);
            TarField.Gid.TryPutOctal(header, 0);
            TarField.Size.TryPutOctal(header, pax.Length);
            TarField.ModifiedTime.TryPutOctal(header, 0);
            Finish(header, 'x');
            output.Write(header);
            output.Write(pax.GetBuffer().AsSpan(0, (int)pax.Length));
            Pad(output, pax.Length);
        }
        Finish(block, type);
        output.Write(block);
        if (size > 0)
        {
            using var content = node.Content.OpenRead();
            content.CopyTo(output, 1 << 20);
            Pad(output, size);
        }
    }

    private static void Finish(Span<byte> block, char type)
    {
        block[TarField.TypeFlag.Offset] = (byte)type;
        "ustar\0"u8.CopyTo(TarField.Magic.In(block));
        "00"u8.CopyTo(TarField.Version.In(block));
        // By custom six digits, NUL, space.
        Encoding.ASCII.GetBytes(Convert.ToString(TarField.Sum(block), 8).PadLeft(6, '0') + "\0 ").CopyTo(TarField.Checksum.In(block));
    }

    private static void PutBytes(Span<byte> block, TarField field, ReadOnlySpan<byte> value, string record, MemoryStream pax)
    {
        // Readers take the record; libarchive wants the header's field not to be empty all the same.
        value[..Math.Min(value.Length, field.Length)].CopyTo(field.In(block));
        if (value.Length > field.Length)
            PutRecord(pax, record, value);
    }

    private static void PutNumber(Span<byte> block, TarField field, long value, string record, MemoryStream pax)
    {
        if (field.TryPutOctal(block, value))
            return;
        field.TryPutOctal(block, 0);
        PutRecord(pax, record, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
    }

    private static void PutRecord(MemoryStream pax, string key, ReadOnlySpan<byte> value)
    {
        // The length counts its own digits.
        var rest = 1 + Encoding.UTF8.GetByteCount(key) + 1 + value.Length + 1;
        var length = rest + 1;
        while (rest + length.ToString(CultureInfo.InvariantCulture).Length != length)
            length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        pax.Write(Encoding.UTF8.GetBytes($"{length} {key}="));
        pax.Write(value);
        pax.WriteByte((byte)'\n');
    }

    private static void Pad(Stream output, long size)
    {
        Span<byte> zeros = stackalloc byte[TarField.BlockSize];
        zeros.Clear();
        output.Write(zeros[..(int)((TarField.BlockSize - size % TarField.BlockSize) % TarField.BlockSize)]);
    }
}
