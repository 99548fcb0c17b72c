using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Folders;

/// <summary>A file of this machine as content. It is opened for each read, so that a tree may name more files than may be open.</summary>
/// <param name="path">The path.</param>
/// <param name="scanned">What the file was when the folder was scanned.</param>
/// <param name="changed">Told once when it was written to since; its bytes are then those that are there, with zeros where it became shorter. Null makes it an error.</param>
internal sealed class HostFile(BytePath path, FileFacts scanned, Action<string>? changed = null) : Content
{
    private bool told;

    public override long Length { get; } = checked((long)scanned.Size);

    /// <exception cref="ImageException">IB3030: it has vanished or cannot be read. IB3049: it is another file, or was written to, since the folder was scanned.</exception>
    public override void Read(long offset, Span<byte> buffer)
    {
        try
        {
            using var file = path.Open();
            var now = FileFacts.Of(file, path);
            if (What(now) == What(scanned))
            {
                ReadFile(file, offset, buffer, this);
                return;
            }
            if (changed is null)
                throw new ImageException(ImageErrorKind.Io, "IB3049", $"{Name} changed while it was being packed: it had {scanned.Size} bytes and has {now.Size}, or was written to; leave the folder alone until the image is made");
            if (!told)
                changed(Name);
            told = true;
            var left = (int)Math.Clamp((long)now.Size - offset, 0, buffer.Length);
            buffer[left..].Clear();
            if (left > 0)
                ReadFile(file, offset, buffer[..left], this);
        }
        catch (LinuxException error)
        {
            throw Failed(path, error);
        }
    }

    public override string ToString() => Name;

    private string Name => EntryName.Printable(path.Bytes);

    private static ((uint, uint, ulong), ushort, ulong, (long, uint)) What(FileFacts facts) => (facts.Identity, facts.Mode, facts.Size, facts.Modified);

    /// <summary>The error for a call that has failed.</summary>
    public static ImageException Failed(BytePath path, LinuxException error) => new(ImageErrorKind.Io, "IB3030",
        $"{EntryName.Printable(path.Bytes)} cannot be {error.Call switch { "open" => "opened", "getdents64" => "listed", _ => "read" }}: {Errno.Text(error.Number)}", error);
}
