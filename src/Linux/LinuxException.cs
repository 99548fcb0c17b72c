namespace ImageBuilder.Linux;

/// <summary>A system call failed.</summary>
public sealed class LinuxException(string call, string target, int number, string? detail = null)
    : IOException($"{call} {target}: {detail ?? Errno.Text(number)}")
{
    /// <summary>The call, as its man page names it.</summary>
    public string Call { get; } = call;

    /// <summary>What it was called on.</summary>
    public string Target { get; } = target;

    /// <summary>errno after the call.</summary>
    public int Number { get; } = number;
}
