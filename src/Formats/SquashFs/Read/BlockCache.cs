namespace ImageBuilder.Formats.SquashFs;

/// <summary>The blocks that were decompressed last, for reads of parts of them. Several threads may ask for one block: one decompresses, the others wait.</summary>
internal sealed class BlockCache(int capacity)
{
    private readonly object gate = new();
    private readonly Dictionary<long, LinkedListNode<(long At, Lazy<byte[]> Block)>> known = [];
    private readonly LinkedList<(long At, Lazy<byte[]> Block)> recent = new();

    /// <summary>The block that begins at a byte of the image; made by <paramref name="read"/> when it is not at hand. A failure is not remembered.</summary>
    public byte[] Get(long at, Func<byte[]> read)
    {
        Lazy<byte[]> block;
        lock (gate)
        {
            if (known.TryGetValue(at, out var node))
            {
                recent.Remove(node);
                recent.AddFirst(node);
            }
            else
            {
                node = recent.AddFirst((at, new Lazy<byte[]>(read)));
                known.Add(at, node);
                if (recent.Count > capacity)
                {
                    known.Remove(recent.Last!.Value.At);
                    recent.RemoveLast();
                }
            }
            block = node.Value.Block;
        }
        try
        {
            return block.Value;
        }
        catch
        {
            lock (gate)
                if (known.TryGetValue(at, out var failed) && failed.Value.Block == block)
                {
                    known.Remove(at);
                    recent.Remove(failed);
                }
            throw;
        }
    }
}
