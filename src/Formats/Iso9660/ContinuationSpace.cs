namespace ImageBuilder.Formats.Iso9660;

/// <summary>The blocks behind a directory that hold its records' continuation areas.</summary>
internal sealed class ContinuationSpace
{
    private int used;

    /// <summary>Whole blocks taken.</summary>
    public uint Blocks => Block.CountFor(used);

    /// <summary>Where the next area begins, and how much room its block has left.</summary>
    /// <param name="wanted">Bytes still to be placed: when they fit one block but not the rest of this one, a new block begins.</param>
    /// <param name="least">Bytes without which an area makes no sense.</param>
    public (int Position, int Room) Reserve(int wanted, int least)
    {
        var room = Block.Size - used % Block.Size;
        if (wanted > room && (wanted <= Block.Size || least > room))
        {
            used += room;
            room = Block.Size;
        }
        return (used, room);
    }

    /// <summary>Takes so many bytes of what was reserved.</summary>
    public void Commit(int size) => used += size;
}
