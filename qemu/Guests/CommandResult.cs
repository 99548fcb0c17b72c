namespace ImageBuilder.Qemu.Guests;

/// <summary>What a command in the guest wrote (stdout and stderr together) and its exit code.</summary>
public sealed record CommandResult(int ExitCode, string Output);
