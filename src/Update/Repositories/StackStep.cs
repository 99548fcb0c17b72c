using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Update.Repositories;

/// <summary>What one publication changed.</summary>
/// <param name="From">The stack that the channel had before, and those with the same content.</param>
/// <param name="Paths">
/// Each place at which something came, went, or differs in kind, permissions, owner, extended attributes, content, link target or device number, and not in time
/// alone. What lies in a folder that came or went is listed, too.
/// </param>
public sealed record StackStep(IReadOnlyList<StackId> From, IReadOnlyList<ChangedPath> Paths);
