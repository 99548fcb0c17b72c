using System.Runtime.InteropServices;

namespace ImageBuilder.Linux.Blocks;

/// <summary>Memory at a page boundary, as O_DIRECT wants it (open(2)).</summary>
public sealed unsafe class AlignedBuffer : IDisposable
{
    private const int Alignment = 4096;
    private readonly int length;
    private void* memory;

    /// <param name="length">In bytes.</param>
    public AlignedBuffer(int length)
    {
        this.length = length;
        memory = NativeMemory.AlignedAlloc((nuint)length, Alignment);
    }

    /// <summary>The memory; not cleared at first.</summary>
    public Span<byte> Span => new(memory is null ? throw new ObjectDisposedException(nameof(AlignedBuffer)) : memory, length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}
