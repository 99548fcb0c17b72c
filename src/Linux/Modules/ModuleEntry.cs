namespace ImageBuilder.Linux.Modules;

/// <summary>One module that can be loaded.</summary>
/// <param name="Name">Its name as the kernel writes it, with "_".</param>
/// <param name="File">The .ko file, relative to the folder of the table.</param>
/// <param name="Dependencies">Modules that must be loaded before it (modules.dep, direct and indirect).</param>
/// <param name="Before">Modules that should be loaded before it (softdep pre).</param>
/// <param name="After">Modules that should be loaded after it (softdep post).</param>
public sealed record ModuleEntry(string Name, string File, IReadOnlyList<string> Dependencies, IReadOnlyList<string> Before, IReadOnlyList<string> After);
