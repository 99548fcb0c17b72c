using System.Text;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>
/// One hint as GRUB's environment file (GRUB manual, "Environment block"): a signature, one line NAME=VALUE, and '#' up to 512 bytes. GRUB's save_env leaves
/// the same bytes.
/// </summary>
public static class HintFile
{
    /// <summary>Bytes of a file: one sector, so that a write is whole or not there.</summary>
    public const int Length = 512;

    /// <summary>The variable of the slot that is started whenever nothing else is said.</summary>
    public const string Default = "ib_default";

    /// <summary>The variable of the slot that is started the next time; empty for none.</summary>
    public const string Once = "ib_once";

    private static ReadOnlySpan<byte> Signature => "# GRUB Environment Block\n"u8;

    /// <summary>The file's bytes.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="slot">Its value; null for an empty one.</param>
    public static byte[] Write(string name, Slot? slot)
    {
        var bytes = new byte[Length];
        bytes.AsSpan().Fill((byte)'#');
        Signature.CopyTo(bytes);
        Encoding.ASCII.GetBytes($"{name}={(slot is { } value ? NameOf(value) : "")}\n").CopyTo(bytes, Signature.Length);
        return bytes;
    }

    /// <summary>Reads a file; false when it is none, or its value names no slot.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="name">The variable.</param>
    /// <param name="slot">Its value; null for an empty one.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, string name, out Slot? slot)
    {
        slot = null;
        if (bytes.Length < Length || !bytes.StartsWith(Signature))
            return false;
        var text = bytes[Signature.Length..Length];
        var end = text.IndexOf((byte)'\n');
        if (end < 0 || text[(end + 1)..].ContainsAnyExcept((byte)'#'))
            return false;
        foreach (var candidate in (Slot?[])[null, Slot.A, Slot.B, Slot.Factory])
            if (bytes[..Length].SequenceEqual(Write(name, candidate)))
            {
                slot = candidate;
                return true;
            }
        return false;
    }

    /// <summary>A slot as hints, menu and kernel command line call it.</summary>
    public static string NameOf(Slot slot) => slot switch { Slot.A => "a", Slot.B => "b", _ => "factory" };
}
