using System.Buffers.Binary;

namespace ImageBuilder.Formats.Fat;

public sealed partial class FatImage
{
    private const byte FixedDisk = 0xF8;
    private const int SectorsPerTrack = 63;
    private const int Heads = 255;
    private const int InfoSector = 1;
    private const int BackupBootSector = 6;
    private const int BootSignatureOffset = 510;
    private const ushort BootSignature = 0xAA55;
    private const uint EndOfChain = 0x0FFFFFFF;
    private const int FatBufferSize = 3 << 14; // a multiple of 12, 16 and 32 bits, so that no entry straddles two buffers

    /// <summary>Writes the image front to back; the stream need not seek.</summary>
    /// <exception cref="ImageException">IB2060: the stream refused; IB2010: a content could not be read.</exception>
    public void Write(Stream output, CancellationToken cancel = default)
    {
        var writer = new SequentialWriter(output, Length, progress: null, cancel);
        WriteReserved(writer);
        for (var copy = 0; copy < FatGeometry.FatCount; copy++)
        {
            writer.At((geometry.ReservedSectors + (long)copy * geometry.FatSectors) * geometry.SectorSize);
            WriteFat(writer);
        }
        if (geometry.RootSectors > 0)
            writer.Write(root.Write(label, FatTime.FromUnix(options.Time.ToUnixTimeSeconds())));
        writer.PadTo(geometry.DataSector * geometry.SectorSize);
        foreach (var run in runs)
        {
            writer.At(ClusterOffset(run.First));
            if (run.Directory is not null)
                writer.Write(run.Directory.Write(label, FatTime.FromUnix(options.Time.ToUnixTimeSeconds())));
            else
                writer.Copy(run.Content!);
            writer.PadTo(ClusterOffset(run.First + run.Count));
        }
        writer.PadTo(Length);
        writer.End();
    }

    private long ClusterOffset(int cluster) =>
        (geometry.DataSector + (long)(cluster - FatGeometry.FirstCluster) * geometry.SectorsPerCluster) * geometry.SectorSize;

    private void WriteReserved(SequentialWriter writer)
    {
        var boot = BootSector();
        writer.Write(boot);
        if (geometry.Type == FatType.Fat32)
        {
            var info = InformationSector();
            writer.At(InfoSector * geometry.SectorSize);
            writer.Write(info);
            writer.PadTo(BackupBootSector * geometry.SectorSize);
            writer.Write(boot);
            writer.Write(info);
        }
        writer.PadTo((long)geometry.ReservedSectors * geometry.SectorSize);
    }

    /// <summary>fatgen103, "Boot Sector and BPB Structure".</summary>
    private byte[] BootSector()
    {
        var wide = geometry.Type == FatType.Fat32;
        var sectors = (uint)geometry.TotalSectors;
        var sector = new byte[geometry.SectorSize];
        var record = new RecordWriter(sector);
        record.Bytes([0xEB, (byte)(wide ? 0x58 : 0x3C), 0x90]); // jump over the fields to the code behind them
        record.Text("MSWIN4.1", 8); // the name that readers which look at it expect
        record.At(11);
        record.U16(geometry.SectorSize);
        record.U8(geometry.SectorsPerCluster);
        record.U16(geometry.ReservedSectors);
        record.U8(FatGeometry.FatCount);
        record.U16(geometry.RootEntries);
        var small = !wide && sectors <= ushort.MaxValue;
        record.U16(small ? (int)sectors : 0);
        record.U8(FixedDisk);
        record.U16(wide ? 0 : geometry.FatSectors);
        record.U16(SectorsPerTrack);
        record.U16(Heads);
        record.U32(options.HiddenSectors);
        record.U32(small ? 0 : sectors);
        record.At(36);
        if (wide)
        {
            record.U32((uint)geometry.FatSectors);
            record.U16(0); // both FATs are kept alike
            record.U16(0); // version 0.0
            record.U32((uint)root.FirstCluster);
            record.U16(InfoSector);
            record.U16(BackupBootSector);
            record.Zero(12);
            record.At(64);
        }
        record.U8(0x80); // BIOS drive
        record.U8(0);
        record.U8(0x29); // the three fields below are there
        record.U32(options.VolumeId);
        record.Text(HasLabel ? label : "NO NAME", LabelSize);
        record.Text($"FAT{(int)geometry.Type}", 8);
        record.At(wide ? 0x5A : 0x3E);
        record.Bytes([0xCD, 0x18, 0xEB, 0xFE]); // INT 18h: nothing to boot here; then stay
        record.Zero(BootSignatureOffset - record.Position);
        record.U16(BootSignature);
        return sector;
    }

    /// <summary>fatgen103, "FAT32 FSInfo Sector Structure".</summary>
    private byte[] InformationSector()
    {
        var used = runs.Sum(run => run.Count);
        var sector = new byte[geometry.SectorSize];
        var record = new RecordWriter(sector);
        record.U32(0x41615252);
        record.Zero(480);
        record.U32(0x61417272);
        record.U32((uint)(geometry.ClusterCount - used));
        record.U32(used < geometry.ClusterCount ? (uint)(FatGeometry.FirstCluster + used) : uint.MaxValue); // next free
        record.Zero(12);
        record.U32(0xAA550000);
        return sector;
    }

    private void WriteFat(SequentialWriter writer)
    {
        var end = writer.Position + (long)geometry.FatSectors * geometry.SectorSize;
        var buffer = new byte[FatBufferSize];
        var bits = 0;
        Put(0x0FFFFF00 | FixedDisk);
        Put(EndOfChain); // also says: cleanly unmounted, no errors
        foreach (var run in runs)
        {
            for (var cluster = run.First + 1; cluster < run.First + run.Count; cluster++)
                Put((uint)cluster);
            Put(EndOfChain);
        }
        writer.Write(buffer.AsSpan(0, (bits + 7) / 8));
        writer.PadTo(end);

        void Put(uint value)
        {
            if (bits == FatBufferSize * 8)
            {
                writer.Write(buffer);
                buffer.AsSpan().Clear();
                bits = 0;
            }
            var at = buffer.AsSpan(bits / 8);
            switch (geometry.Type)
            {
                case FatType.Fat12: // two entries in three bytes
                    var shift = bits % 8;
                    at[0] |= (byte)(value << shift);
                    at[1] |= (byte)((value & 0xFFF) << shift >> 8);
                    break;
                case FatType.Fat16:
                    BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value);
                    break;
                default:
                    BinaryPrimitives.WriteUInt32LittleEndian(at, value);
                    break;
            }
            bits += (int)geometry.Type;
        }
    }
}
