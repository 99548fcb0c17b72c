namespace ImageBuilder.Update.Tests.Model;

/// <summary>What goes wrong, and at which operation that changes or synchronises something, from 0.</summary>
internal sealed record Fault(int At, FaultKind Kind);

internal enum FaultKind
{
    /// <summary>Before the operation the power fails.</summary>
    Cut,

    /// <summary>The operation gives EIO; a write has come half way, a flush not at all.</summary>
    Eio,

    /// <summary>As <see cref="Eio"/>; what a flush was to bring to the device never gets there, though later flushes report success.</summary>
    EioForgotten,

    /// <summary>The operation gives ENOSPC, when it is one that takes space.</summary>
    NoSpace,
}
