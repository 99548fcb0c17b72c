namespace ImageBuilder.Fuzz.Tests;

/// <summary>One reader, and how it is tried.</summary>
internal sealed class FuzzTarget
{
    /// <summary>What is read.</summary>
    public required string Name { get; init; }

    /// <summary>Valid inputs, which are mutated. Made once, the same every time.</summary>
    public required Func<IReadOnlyList<byte[]>> Seeds { get; init; }

    /// <summary>Reads everything there is to read.</summary>
    public required Action<byte[]> Read { get; init; }

    /// <summary>Ids of the errors of the first check: a mutant that ends in one has not reached the reader proper.</summary>
    public required IReadOnlyList<string> FirstCheck { get; init; }

    /// <summary>The reader's source files: parts of paths below src/, for the count of covered lines.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Changes a copy of a seed; null is bytes at random anywhere.</summary>
    public Func<byte[], Random, byte[]>? Mutate { get; init; }

    /// <summary>Bytes at the start that are rarely changed: most mutants are to get past the first check.</summary>
    public int Header { get; init; }

    /// <summary>Makes checksums right again in nearly all mutants.</summary>
    public Action<byte[]>? Repair { get; init; }

    /// <summary>Bytes that reading one input may allocate.</summary>
    public long MemoryCap { get; init; } = 64 << 20;

    public override string ToString() => Name;
}
