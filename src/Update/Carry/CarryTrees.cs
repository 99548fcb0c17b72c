namespace ImageBuilder.Update.Carry;

/// <summary>Where a merge finds its three trees and puts its result: folders of one file tree. The three are views as a mount shows them, never an upper itself.</summary>
/// <param name="Before">The old stack's layers, merged.</param>
/// <param name="Mine">The same with the old upper over them: what a person saw last.</param>
/// <param name="Theirs">The new stack's layers, merged.</param>
/// <param name="Upper">The new upper; an empty folder.</param>
/// <param name="OldUpper">The old upper itself: what is not in it was not changed, and is not looked at. Null to compare everything.</param>
public sealed record CarryTrees(string Before, string Mine, string Theirs, string Upper, string? OldUpper = null);
