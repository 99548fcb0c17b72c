using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Formats.Compression;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Images.Initramfs;

/// <summary>A finished initramfs among the compressed blocks of earlier builds, by everything that it is made from.</summary>
internal sealed class InitramfsCache : IDisposable
{
    private const int Piece = 512 << 10; // an initramfs is longer than a block may be

    private readonly IBlockCache blocks;
    private readonly IncrementalHash inputs = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="blocks">Where it is kept.</param>
    /// <param name="options">How it is written.</param>
    public InitramfsCache(IBlockCache blocks, InitramfsOptions options)
    {
        this.blocks = blocks;
        // The code that lays out the archive decides its bytes too: another build of this program finds nothing.
        var code = (Type[])[typeof(InitramfsCache), typeof(Content), typeof(Linux.Modules.ModuleTable), typeof(Update.DevicePaths)];
        Add($"initramfs {options} {Zstd.Version} {string.Join(' ', code.Select(type => type.Module.ModuleVersionId))}", Content.From(""));
    }

    /// <summary>Counts a file among what the initramfs is made from.</summary>
    public void Add(string name, Content content)
    {
        inputs.AppendData(Encoding.UTF8.GetBytes($"{name}\0{content.Length}\0"));
        using var stream = content.OpenRead();
        var buffer = new byte[64 << 10];
        for (int read; (read = stream.Read(buffer)) > 0;)
            inputs.AppendData(buffer, 0, read);
    }

    /// <summary>The image made from the same before; null when it is not there any more.</summary>
    public byte[]? Read()
    {
        using var image = new MemoryStream();
        var buffer = new byte[Piece];
        for (var number = 0; ; number++)
        {
            var length = blocks.Read(Key(number), buffer);
            if (length == IBlockCache.Unknown)
                return null;
            image.Write(buffer, 0, length);
            if (length < Piece)
                return image.ToArray();
        }
    }

    /// <summary>Keeps an image; its last piece is always a short one.</summary>
    public void Keep(ReadOnlySpan<byte> image)
    {
        for (var number = 0; number <= image.Length / Piece; number++)
            blocks.Add(Key(number), image[(number * Piece)..Math.Min((number + 1) * Piece, image.Length)]);
    }

    public void Dispose() => inputs.Dispose();

    private byte[] Key(int number) => SHA256.HashData([.. inputs.GetCurrentHash(), (byte)number]);
}
