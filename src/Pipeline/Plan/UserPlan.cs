namespace ImageBuilder.Pipeline.Plan;

/// <summary>One account.</summary>
public sealed record UserPlan
{
    /// <summary>Login name.</summary>
    public required string Name { get; init; }

    /// <summary>Numeric id; null for the next free one from 1000 (an existing account keeps its own).</summary>
    public uint? Uid { get; init; }

    /// <summary>A crypt(5) hash; null leaves the account without a password that works.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>A plain password, hashed with a salt from the plan when the layer is made; null when there is none or a hash is given.</summary>
    public string? Password { get; init; }

    /// <summary>Lines for ~/.ssh/authorized_keys.</summary>
    public required IReadOnlyList<string> SshKeys { get; init; }

    /// <summary>Further groups; must exist in the tree.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Login shell; null for the distribution's usual one.</summary>
    public string? Shell { get; init; }

    /// <summary>Home folder; null for /home/NAME (/root for root).</summary>
    public string? Home { get; init; }

    /// <summary>The full name ("GECOS") field.</summary>
    public string? Comment { get; init; }

    /// <summary>Logged in without a password on tty1 and the serial console.</summary>
    public bool Autologin { get; init; }
}
