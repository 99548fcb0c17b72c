namespace ImageBuilder.Update.State;

/// <summary>The state machine of an installation. The values are on disk.</summary>
public enum InstallPhase : byte
{
    Idle = 0,
    Staging = 1,
    Staged = 2,
    Arming = 3,
    Armed = 4,
    Trying = 5,
    Committing = 6,
    Committed = 7,
    Failed = 8,
}
