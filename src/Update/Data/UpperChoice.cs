using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Data;

/// <summary>The upper that is to be mounted.</summary>
/// <param name="Record">The state record as it is on the device.</param>
/// <param name="Number">The upper's number.</param>
/// <param name="Origin">How it came about.</param>
/// <param name="Why">The same in words, for the boot's list of decisions.</param>
public sealed record UpperChoice(StateRecord Record, uint Number, UpperOrigin Origin, string Why)
{
    /// <summary>Its folder on the data partition, with upper, work and areas in it.</summary>
    public string Folder => DataLayout.Upper(Number);
}

/// <summary>How an upper that is to be mounted came about.</summary>
public enum UpperOrigin
{
    /// <summary>It was there.</summary>
    Existing,

    /// <summary>The slot has not had one.</summary>
    First,

    /// <summary>The record names it, and it was not there: after a reset, or lost.</summary>
    MadeAnew,

    /// <summary>The slot's upper belongs to another stack, or to none: it is kept, and this one is empty.</summary>
    OtherStack,
}
