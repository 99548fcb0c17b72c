using ImageBuilder.Formats;
using ImageBuilder.Linux;
using ImageBuilder.Linux.Blocks;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Disks;

namespace ImageBuilder.Init;

/// <summary>At the first start: the data partition takes the rest of the disk, and the disk gets GUIDs of its own. A disk on which that fails starts all the same.</summary>
internal static class DiskGrow
{
    private static readonly TimeSpan Slowest = TimeSpan.FromSeconds(10);

    public static void Run(Boot boot)
    {
        boot.DataLength = null;
        if (boot.Disk!.Find(DataLayout.Label) is not { } data)
            return; // said by those who need it
        try
        {
            using var disk = RawDevice.OpenShared(boot.Disk.Path);
            var result = DiskGrowth.Apply(new Cautious(disk, () => AnswerFirst(boot)), DataLayout.Label, Machine.RandomUuid);
            foreach (var done in result.Done)
                boot.Decide("grow", boot.Disk.Path, done);
            if (data.Length != result.Length)
                BlockPartitions.Resize(boot.Disk.Path, result.Number, result.Offset, result.Length);
            boot.DataLength = result.Length;
        }
        catch (Exception error) when (error is IOException or ImageException)
        {
            boot.Fail($"{boot.Disk.Path} does not grow: {error.Message}");
        }
    }

    // Once a disk has GUIDs of its own nobody sees any more that another one was its twin.
    private static void AnswerFirst(Boot boot)
    {
        boot.Modules!.Settle(Slowest, out _);
        DiskSearch.RefuseTwins(boot);
    }

    /// <summary>Asks before the first write.</summary>
    private sealed class Cautious(IRawDevice disk, Action ask) : IRawDevice
    {
        private bool asked;

        public long Length => disk.Length;

        public int BlockLength => disk.BlockLength;

        public void Write(long offset, ReadOnlySpan<byte> buffer)
        {
            Ask();
            disk.Write(offset, buffer);
        }

        public void Zero(long offset, long length)
        {
            Ask();
            disk.Zero(offset, length);
        }

        public void Read(long offset, Span<byte> buffer) => disk.Read(offset, buffer);

        public void Flush() => disk.Flush();

        public void DropCache() => disk.DropCache();

        public bool RereadPartitions() => disk.RereadPartitions();

        private void Ask()
        {
            if (!asked)
                ask();
            asked = true;
        }
    }
}
