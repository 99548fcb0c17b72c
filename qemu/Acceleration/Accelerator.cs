namespace ImageBuilder.Qemu.Acceleration;

/// <summary>What runs the guest's code, and why it was chosen, in one line for the user.</summary>
public sealed record Accelerator(bool IsKvm, string Reason)
{
    /// <summary>The argument of QEMU's <c>-accel</c>.</summary>
    public string QemuName => IsKvm ? "kvm" : "tcg";

    /// <summary>The argument of QEMU's <c>-cpu</c>.</summary>
    public string CpuModel => IsKvm ? KvmCpuModel : TcgCpuModel;

    /// <summary>
    /// x86-64-v2, which is what distributions ask for at most, and no more: <c>max</c> boots a Debian in about twice the time
    /// (five-level page tables), named Intel models, too (their page-table isolation). Without nested virtualization, for which a system's udev loads KVM: a
    /// fifteenth of the way to a login prompt.
    /// </summary>
    private const string TcgCpuModel = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,-svm";

    /// <summary>The model that the probe tries, so that its verdict is about what will be used.</summary>
    internal const string KvmCpuModel = "max";

    /// <summary>TCG because it was asked for.</summary>
    public static Accelerator Tcg { get; } = new(false, "tcg, as asked");

    public override string ToString() => $"accelerator: {Reason}";
}
