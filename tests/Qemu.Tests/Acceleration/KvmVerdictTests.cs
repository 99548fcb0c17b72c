using ImageBuilder.Qemu.Acceleration;

namespace ImageBuilder.Qemu.Tests.Acceleration;

public sealed class KvmVerdictTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_guest_that_reached_its_end_proves_that_KVM_works() =>
        Assert.True(KvmVerdict.FromProbe(ProbeProgram.ExitCode, "qemu-system-x86_64: warning: no such feature\n", Limit).Works);

    [Fact]
    public void A_guest_that_hangs_proves_that_KVM_is_broken()
    {
        var verdict = KvmVerdict.FromProbe(null, "", Limit);
        Assert.False(verdict.Works);
        Assert.Equal("a test guest did not end within 5 s", verdict.Evidence);
    }

    [Fact]
    public void What_QEMU_said_first_is_the_evidence_and_warnings_are_not()
    {
        var verdict = KvmVerdict.FromProbe(null, "qemu: warning: no pni\nKVM internal error. Suberror: 1\nextra data[0]: 1\n", Limit);
        Assert.Equal(new KvmVerdict(false, "KVM internal error. Suberror: 1"), verdict);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(134)]
    public void Any_other_exit_code_is_no_proof(int exitCode) =>
        Assert.Equal(new KvmVerdict(false, $"QEMU exited with {exitCode}"), KvmVerdict.FromProbe(exitCode, "", Limit));

    [Fact]
    public void A_verdict_survives_the_cache()
    {
        foreach (var verdict in (KvmVerdict[])[new(true, "a test guest ran"), new(false, "it hangs")])
            Assert.Equal(verdict, KvmVerdict.Deserialize(verdict.Serialize()));
        Assert.Null(KvmVerdict.Deserialize(""));
        Assert.Null(KvmVerdict.Deserialize("maybe"));
    }

    [Fact]
    public void Auto_takes_KVM_only_when_it_works()
    {
        Assert.True(AcceleratorDetector.Decide(AcceleratorChoice.Auto, new KvmVerdict(true, "a test guest ran")).IsKvm);
        var slow = AcceleratorDetector.Decide(AcceleratorChoice.Auto, new KvmVerdict(false, "it hangs"));
        Assert.Equal("accelerator: tcg, slow, since KVM does not work here (it hangs)", slow.ToString());
        Assert.Equal("tcg", slow.QemuName);
    }

    [Fact]
    public void Demanding_a_KVM_that_does_not_work_is_an_error_with_a_way_out()
    {
        var error = Assert.Throws<QemuException>(() => AcceleratorDetector.Decide(AcceleratorChoice.Kvm, new KvmVerdict(false, "it hangs")));
        Assert.Equal("IB6104", error.Id);
        Assert.Contains("--accel tcg", error.Message);
    }

    [ToolFact("qemu-system-x86_64")]
    public void The_probe_reaches_its_end_on_a_processor_that_works()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["probe.img"], ProbeProgram.Sector());
        var (exitCode, _, _) = Tool.TryRun("timeout", "60", "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc",
            "-accel", "tcg", "-cpu", "max", "-m", "64", "-drive", $"if=ide,format=raw,file={folder["probe.img"]}", "-device", "isa-debug-exit");
        Assert.Equal(ProbeProgram.ExitCode, exitCode);
    }
}
