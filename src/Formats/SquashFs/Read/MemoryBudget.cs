namespace ImageBuilder.Formats.SquashFs;

/// <summary>Counts what reading an image takes, before it is taken.</summary>
internal sealed class MemoryBudget(long limit)
{
    private long used;

    /// <summary>A budget for one reading, which begins with what this one has used so far.</summary>
    public MemoryBudget Fork() => new(limit) { used = used };

    /// <summary>Takes <paramref name="bytes"/> from the budget.</summary>
    /// <exception cref="ImageException">IB2128: the image needs more than is allowed.</exception>
    public void Charge(long bytes, long at, string what)
    {
        if (bytes > limit - used)
            throw SquashFsError.TooMuch(at, $"{what} needs {bytes} bytes of memory after {used}; {limit} are allowed");
        used += bytes;
    }
}
