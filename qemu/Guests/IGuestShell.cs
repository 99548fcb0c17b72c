namespace ImageBuilder.Qemu.Guests;

/// <summary>Something that runs commands in the guest.</summary>
public interface IGuestShell
{
    /// <summary>Runs a command by /bin/sh, as root or as who is logged in, with no input. IB6304 when it takes too long.</summary>
    Task<CommandResult> RunAsync(string command, TimeSpan timeout, CancellationToken cancellation = default);
}
