using System.Text;
using ImageBuilder.Formats;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.State;

/// <summary>
/// Which stack and which upper each slot boots, and how far an installation has come: 512 bytes, one sector, so that a write is whole or torn and a
/// torn one is noticed. src/Update/FORMAT.md has the layout. Immutable; a change is a new record with the next sequence.
/// </summary>
public sealed record StateRecord
{
    /// <summary>Bytes of a record.</summary>
    public const int Length = 512;

    /// <summary>Bytes of a short text in the record: why a stack is quarantined.</summary>
    public const int ReasonLength = 96;

    /// <summary>Bytes of <see cref="ResetToken"/>.</summary>
    public const int TokenLength = 16;

    /// <summary>Uppers that can be kept beside those in use.</summary>
    public const int KeptLength = 8;

    private const uint Format = 1;
    private static ReadOnlySpan<byte> Magic => "IBSTATE\n"u8;

    /// <summary>Rises with every write; of two valid copies the higher counts.</summary>
    public ulong Sequence { get; init; }

    /// <summary>The slot that boots by default.</summary>
    public Slot Active { get; init; }

    public SlotState A { get; init; }

    public SlotState B { get; init; }

    /// <summary>The upper over the factory stack, when it is booted as such; 0 when none has been made.</summary>
    public uint FactoryUpper { get; init; }

    /// <summary>The number for the next upper that is made; numbers are never used again.</summary>
    public uint NextUpper { get; init; } = 1;

    /// <summary>Numbers of earlier uppers that are kept, the newest first; at most <see cref="KeptLength"/>.</summary>
    public IReadOnlyList<uint> Kept { get; init; } = [];

    /// <summary>How far an installation has come.</summary>
    public InstallPhase Phase { get; init; }

    /// <summary>Bytes that an installation has already stored.</summary>
    public ulong InstallOffset { get; init; }

    /// <summary>The highest security epoch that was ever committed.</summary>
    public uint Epoch { get; init; }

    /// <summary>A stack that failed, and is not fetched again.</summary>
    public StackId Quarantined { get; init; }

    /// <summary>Why it is quarantined; at most <see cref="ReasonLength"/> bytes of UTF-8.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The first 16 bytes of the SHA-256 of the last `ib.reset=` token that was followed; null for none.</summary>
    public byte[]? ResetToken { get; init; }

    /// <summary>At the next boot machine id and ssh host keys go too: a reset was asked for with them.</summary>
    public bool ForgetIdentity { get; init; }

    /// <summary>The newest time in signed metadata, in seconds since 1970: the clock is never before it.</summary>
    public long NewestTime { get; init; }

    /// <summary>The state of a new image: both slots are the factory stack, and no upper has been made.</summary>
    public static StateRecord AsShipped(StackId factory)
    {
        var slot = new SlotState(factory, 0, SlotStatus.Good, 0);
        return new StateRecord { A = slot, B = slot };
    }

    /// <summary>The slot's state; that of the factory is none.</summary>
    public SlotState Of(Slot slot) => slot switch { Slot.A => A, Slot.B => B, _ => throw new ArgumentOutOfRangeException(nameof(slot)) };

    /// <summary>With another state of a slot.</summary>
    public StateRecord With(Slot slot, SlotState state) => slot == Slot.A ? this with { A = state } : this with { B = state };

    /// <summary>The upper of a slot, the factory's too.</summary>
    public uint UpperOf(Slot slot) => slot == Slot.Factory ? FactoryUpper : Of(slot).Upper;

    /// <summary>With another upper of a slot, the factory's too.</summary>
    public StateRecord WithUpper(Slot slot, uint upper) => slot == Slot.Factory ? this with { FactoryUpper = upper } : With(slot, Of(slot) with { Upper = upper });

    /// <summary>Uppers that the record names: the others are garbage.</summary>
    public IEnumerable<uint> NamedUppers => new[] { A.Upper, B.Upper, FactoryUpper }.Concat(Kept).Where(upper => upper != 0).Distinct();

    /// <summary>Stacks that the record names: what only others are made of is garbage.</summary>
    public IEnumerable<StackId> NamedStacks => new[] { A.Stack, B.Stack }.Where(stack => !stack.IsEmpty).Distinct();

    /// <summary>The record's bytes.</summary>
    /// <exception cref="ArgumentException">A field is longer than its room.</exception>
    public byte[] ToBytes()
    {
        var reason = Encoding.UTF8.GetBytes(Reason);
        if (reason.Length > ReasonLength || Kept.Count > KeptLength || ResetToken is { Length: not TokenLength })
            throw new ArgumentException("a field of the state record is longer than its room");
        var bytes = new byte[Length];
        var record = new RecordWriter(bytes);
        record.Bytes(Magic);
        record.U32(Format);
        record.U8((int)Active);
        record.U8((int)Phase);
        record.U8(ForgetIdentity ? 1 : 0);
        record.Zero(1);
        record.At(16);
        record.U64(Sequence);
        record.U64(InstallOffset);
        record.U64((ulong)NewestTime);
        record.U32(Epoch);
        record.U32(NextUpper);
        record.U32(FactoryUpper);
        record.Zero(4);
        record.At(56);
        foreach (var slot in (SlotState[])[A, B])
        {
            record.Bytes(slot.Stack.Bytes);
            record.U32(slot.Upper);
            record.U8((int)slot.Status);
            record.U8(slot.Tries);
            record.Zero(2);
        }
        record.At(136);
        for (var i = 0; i < KeptLength; i++)
            record.U32(i < Kept.Count ? Kept[i] : 0);
        record.Bytes(Quarantined.Bytes);
        record.Bytes(ResetToken ?? new byte[TokenLength]);
        record.At(216);
        record.Bytes(reason);
        record.Zero(ReasonLength - reason.Length);
        record.Zero(Length - sizeof(uint) - record.Position);
        record.U32(Crc32.Of(bytes.AsSpan(0, Length - sizeof(uint))));
        record.End();
        return bytes;
    }

    /// <summary>Reads a record.</summary>
    /// <param name="bytes">At least <see cref="Length"/> bytes; more are not looked at.</param>
    /// <param name="fault">Why it is none; null when it is one.</param>
    /// <returns>Null when the bytes are no valid record.</returns>
    public static StateRecord? TryParse(ReadOnlySpan<byte> bytes, out string? fault)
    {
        fault = null;
        if (bytes.Length < Length || !bytes.StartsWith(Magic))
        {
            fault = "it does not begin like a state record";
            return null;
        }
        var record = new RecordReader(bytes[..Length]);
        record.Skip(Length - sizeof(uint));
        if (record.U32() != Crc32.Of(bytes[..(Length - sizeof(uint))]))
        {
            fault = "its checksum does not fit: a torn write, or damage";
            return null;
        }
        record = new RecordReader(bytes[..Length]);
        record.Skip(Magic.Length);
        if (record.U32() is var format && format != Format)
        {
            fault = $"its format is {format}; this program knows {Format}";
            return null;
        }
        var (active, phase) = ((Slot)record.U8(), (InstallPhase)record.U8());
        var forget = record.U8();
        record.Skip(1);
        var result = new StateRecord
        {
            ForgetIdentity = forget == 1,
            Active = active,
            Phase = phase,
            Sequence = record.U64(),
            InstallOffset = record.U64(),
            NewestTime = (long)record.U64(),
            Epoch = record.U32(),
            NextUpper = record.U32(),
            FactoryUpper = record.U32(),
        };
        record.Skip(4);
        var (a, b) = (ReadSlot(ref record), ReadSlot(ref record));
        var kept = new List<uint>();
        for (var i = 0; i < KeptLength; i++)
            if (record.U32() is > 0 and var upper)
                kept.Add(upper);
        var quarantined = new StackId(record.Bytes(StackId.Length));
        var token = record.Bytes(TokenLength).ToArray();
        var reason = record.Bytes(ReasonLength);
        if (active > Slot.Factory || forget > 1 || phase > InstallPhase.Failed || a.Status > SlotStatus.Failed || b.Status > SlotStatus.Failed)
        {
            fault = "it holds values that no program writes";
            return null;
        }
        return result with
        {
            A = a,
            B = b,
            Kept = kept,
            Quarantined = quarantined,
            ResetToken = token.AsSpan().ContainsAnyExcept((byte)0) ? token : null,
            Reason = Decode(reason.TrimEnd((byte)0)),
        };
    }

    /// <summary>Text that has no more bytes than what it was read from, whatever that was: the record is written again with it.</summary>
    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? Encoding.ASCII.GetString(bytes) : text;
    }

    private static SlotState ReadSlot(ref RecordReader record)
    {
        var slot = new SlotState(new StackId(record.Bytes(StackId.Length)), record.U32(), (SlotStatus)record.U8(), record.U8());
        record.Skip(2);
        return slot;
    }
}
