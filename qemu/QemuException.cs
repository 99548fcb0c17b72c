namespace ImageBuilder.Qemu;

/// <summary>
/// Expected trouble with a virtual machine or a scenario. The message says what, where, what was found and expected, and the way
/// out; the id is stable: 61xx machines, 62xx scenario files, 63xx steps that failed.
/// </summary>
public sealed class QemuException(string id, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The stable id, "IB" and four digits.</summary>
    public string Id { get; } = id;
}
