using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Slots;

/// <summary>What to do at the beginning of a boot.</summary>
/// <param name="Record">The state record as it is on the device.</param>
/// <param name="Restart">The machine is to be restarted at once, to start another slot than this one.</param>
/// <param name="Trial">The booted slot is on trial.</param>
/// <param name="Fallen">The trial of the other slot has failed, at this boot or before it, and nothing was installed since: its reason.</param>
/// <param name="Said">What was done, for the boot's list of decisions.</param>
public sealed record BootStep(StateRecord Record, bool Restart, bool Trial, string? Fallen, IReadOnlyList<string> Said);
