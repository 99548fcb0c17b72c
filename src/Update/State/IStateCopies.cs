namespace ImageBuilder.Update.State;

/// <summary>The two places of the state record.</summary>
public interface IStateCopies
{
    /// <summary>How many there are.</summary>
    const int Count = 2;

    /// <summary>Bytes that each place has; the record is at its beginning.</summary>
    const int PlaceLength = 4096;

    /// <summary>What a place is called in messages.</summary>
    string Name(int copy);

    /// <summary>What is on the device, not in the kernel's memory; null when the place is not there.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    byte[]? Read(int copy);

    /// <summary>Overwrites one copy in place, and returns when it is on the device.</summary>
    /// <param name="copy">0 or 1.</param>
    /// <param name="place"><see cref="PlaceLength"/> bytes.</param>
    /// <exception cref="IOException">It did not get there.</exception>
    void Write(int copy, ReadOnlySpan<byte> place);

    /// <summary>Returns when everything that was ever written to both places is on the device.</summary>
    /// <exception cref="IOException">It did not get there.</exception>
    void Flush();
}
