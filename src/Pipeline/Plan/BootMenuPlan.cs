namespace ImageBuilder.Pipeline.Plan;

/// <summary>The boot menu.</summary>
/// <param name="Seconds">How long it waits.</param>
public sealed record BootMenuPlan(int Seconds)
{
    /// <summary>A plain password, hashed with a salt from the plan when the menu is written; null when there is none or a hash is given.</summary>
    public string? Password { get; init; }

    /// <summary>The hash of GRUB's password_pbkdf2; null when there is none or a password is given.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>Whether the menu can only be changed by who knows a password.</summary>
    public bool IsLocked => Password is not null || PasswordHash is not null;
}
