using System.Buffers.Binary;
using System.Diagnostics;
using ImageBuilder.Formats.SquashFs;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.SquashFs.Read;

/// <summary>Valid images with a few bytes changed, on disk and inside compressed tables: the reader answers soon, in little memory, with an image or an error.</summary>
public class MutatedImageTests
{
    private const int Images = 500;
    private const long MemoryCap = 8 << 20;
    private static readonly TimeSpan TimeCap = TimeSpan.FromSeconds(1);
    private static readonly SquashFsLimits Limits = new() { MaxMemory = MemoryCap, BlockCache = 0 };
    private static readonly SquashFsCompression[] Compressions = Enum.GetValues<SquashFsCompression>();

    [Fact]
    public void Five_hundred_mutated_images_crash_nothing_and_hold_nothing_up()
    {
        var bases = Compressions.Select(compression => new Image(SampleTrees.Everything(), Image.Fast with { Compression = compression })).ToArray();
        var whole = bases.Select(image => image.Bytes).ToArray();
        var (refused, accepted) = (0, 0);
        for (var seed = 0; seed < Images; seed++)
        {
            var random = new Random(seed);
            var bytes = (seed % 3) switch
            {
                0 => MutateBytes(whole[seed / 3 % whole.Length].ToArray(), random),
                1 => MutateTables(new ImageEditor(HostileImageTests.Sample(), Compressions[seed / 3 % Compressions.Length]), random),
                _ => MutateSuperblock(whole[seed / 3 % whole.Length].ToArray(), random),
            };
            if (IsRefused(bytes, seed))
                refused++;
            else
                accepted++;
        }
        foreach (var image in bases)
            image.Dispose();
        // Neither may be all: mutations that break nothing, or everything at once, would prove nothing.
        Assert.True(refused > Images / 10 && accepted > Images / 50, $"{refused} refused, {accepted} accepted");
    }

    [ToolFact("mksquashfs")] // LZO is read, and not written
    public void A_hundred_mutated_images_compressed_with_LZO_crash_nothing_and_hold_nothing_up()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["in/sub"]);
        for (var file = 0; file < 40; file++)
            File.WriteAllText(folder[$"in/sub/{file}"], string.Join('\n', Enumerable.Range(file, 500 * file)));
        Tool.Run("mksquashfs", folder["in"], folder["x"], "-quiet", "-no-progress", "-comp", "lzo", "-b", "16K");
        var whole = File.ReadAllBytes(folder["x"]);
        var refused = Enumerable.Range(0, Images / 5).Count(seed => IsRefused(MutateBytes([.. whole], new Random(seed)), seed));
        Assert.InRange(refused, Images / 50, Images / 5 - 1);
    }

    private static bool IsRefused(byte[] bytes, int seed)
    {
        var fastest = TimeSpan.MaxValue;
        var refused = false;
        for (var attempt = 0; attempt < 3 && fastest > TimeCap; attempt++) // the machine may be busy; the reader may not
        {
            var start = Stopwatch.GetTimestamp();
            refused = Run(bytes, seed);
            var elapsed = Stopwatch.GetElapsedTime(start);
            fastest = elapsed < fastest ? elapsed : fastest;
        }
        Assert.True(fastest <= TimeCap, $"seed {seed} took {fastest}");
        return refused;
    }

    private static bool Run(byte[] bytes, int seed)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = false;
        try
        {
            HostileImageTests.ReadAll(bytes, Limits);
        }
        catch (ImageException error)
        {
            refused = true;
            Assert.True(error.Kind is ImageErrorKind.Corrupt or ImageErrorKind.LimitExceeded or ImageErrorKind.Unsupported, $"seed {seed}: {error}");
            Assert.True(error.Offset is not null, $"seed {seed}: {error}");
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= MemoryCap + (2 << 20), $"seed {seed} took {allocated} bytes"); // and the blocks of one cached file
        try
        {
            var image = SquashFsImage.Open(Content.From(bytes), Limits);
            image.Check();
            image.Describe();
            for (var at = 0L; at < bytes.Length; at += bytes.Length / 16)
                image.Locate(at);
        }
        catch (ImageException)
        {
            // The same as above, or a limit that checking reaches sooner.
        }
        return refused;
    }

    private static byte[] MutateBytes(byte[] bytes, Random random)
    {
        for (var count = random.Next(1, 9); count > 0; count--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] MutateSuperblock(byte[] bytes, Random random)
    {
        for (var count = random.Next(1, 3); count > 0; count--)
        {
            var field = Superblock.Fields[random.Next(1, Superblock.Fields.Count)];
            Mutate(bytes.AsSpan(Superblock.OffsetOf(field.Name), field.Length), random);
        }
        return bytes;
    }

    private static byte[] MutateTables(ImageEditor image, Random random)
    {
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var table = image.Tables[random.Next(image.Tables.Count)];
            var length = 1 << random.Next(4);
            if (table.Length >= length)
                Mutate(table.AsSpan(random.Next(table.Length - length + 1), length), random);
        }
        return image.Build();
    }

    /// <summary>A number nearby, or one where arithmetic goes wrong.</summary>
    private static void Mutate(Span<byte> field, Random random)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        field.CopyTo(value);
        var old = BinaryPrimitives.ReadUInt64LittleEndian(value);
        BinaryPrimitives.WriteUInt64LittleEndian(value, random.Next(7) switch
        {
            0 => 0,
            1 => ulong.MaxValue,
            2 => old + 1,
            3 => old - 1,
            4 => 1UL << random.Next(64),
            5 => old ^ (1UL << random.Next(64)),
            _ => (ulong)random.NextInt64(),
        });
        value[..field.Length].CopyTo(field);
    }
}
