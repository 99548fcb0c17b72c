namespace ImageBuilder.Qemu.Acceleration;

/// <summary>The user's wish for <c>--accel</c>.</summary>
public enum AcceleratorChoice
{
    /// <summary>KVM where it really runs guests, else TCG.</summary>
    Auto,

    /// <summary>The processor's virtualization; an error where it does not work.</summary>
    Kvm,

    /// <summary>QEMU's translator: works everywhere, many times slower.</summary>
    Tcg,
}
