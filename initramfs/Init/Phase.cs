namespace ImageBuilder.Init;

/// <summary>One step of the boot.</summary>
/// <param name="Name">As shown in the timeline and in failures.</param>
/// <param name="When">Whether there is anything to do; null when it depends on nothing.</param>
/// <param name="Run">The work.</param>
internal sealed record Phase(string Name, Func<Boot, bool>? When, Action<Boot> Run);
