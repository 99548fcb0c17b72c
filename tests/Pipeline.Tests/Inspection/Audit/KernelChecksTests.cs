using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection.Audit;
using ImageBuilder.Pipeline.Tests.Images.Initramfs;

namespace ImageBuilder.Pipeline.Tests.Inspection.Audit;

public class KernelChecksTests
{
    [Theory]
    [InlineData("debian", "6.12.57+deb13-amd64", "6.12.57-1", "AU0102", "Info", "mended in 6.2")]
    [InlineData("debian", "6.1.0-3-amd64", "6.1.8-1", "AU0102", "High", "mended in 6.1.9, this is older")]
    [InlineData("debian", "6.1.0-18-amd64", "6.1.76-1", "AU0102", "Info", "mended in 6.1.9")]
    [InlineData("debian", "5.10.0-22-amd64", "5.10.178-3", "AU0102", "Medium", "Debian mended it in 5.10.179-1, this is older")]
    [InlineData("debian", "5.10.0-23-amd64", "5.10.179-1", "AU0102", "Info", "Debian mended it in 5.10.179-1")]
    [InlineData("debian", "6.12.57+deb13-amd64", "6.12.57-1", "AU0103", "Info", "only Ubuntu's kernels have")]
    [InlineData("arch", "6.0.2-arch1-1", "6.0.2", "AU0102", "High", "no mended release of this series is known")]
    [InlineData("ubuntu", "5.4.0-71-generic", "5.4.0-71.79", "AU0101", "High", "Ubuntu mended it in 5.4.0-72.80, this is older")]
    [InlineData("ubuntu", "5.4.0-72-generic", "5.4.0-72.80", "AU0101", "Info", "Ubuntu mended it in 5.4.0-72.80")]
    [InlineData("ubuntu", "5.15.0-69-generic", "5.15.0-69.76~20.04.1", "AU0102", "High", "Ubuntu mended it in 5.15.0-70.77, this is older")]
    [InlineData("ubuntu", "5.15.0-70-generic", "5.15.0-70.77~20.04.1", "AU0102", "Info", "Ubuntu mended it in 5.15.0-70.77")]
    [InlineData("ubuntu", "5.15.0-1034-azure", "5.15.0-1034.41", "AU0102", "Medium", "numbers of its own and could not be judged")]
    [InlineData("ubuntu", "6.2.0-25-generic", "6.2.0-25.25", "AU0103", "High", "Ubuntu mended it in 6.2.0-26.26, this is older")]
    [InlineData("ubuntu", "6.2.0-26-generic", "6.2.0-26.26", "AU0104", "Info", "Ubuntu mended it in 6.2.0-26.26")]
    [InlineData("ubuntu", "6.8.0-31-generic", "6.8.0-31.31", "AU0104", "Info", "Ubuntu's series after 6.2 do not have it")]
    [InlineData("ubuntu", "5.4.0-150-generic", "5.4.0-150.167", "AU0104", "Medium", "is disputed")]
    public void A_kernel_is_judged_by_its_distributions_version(string distribution, string release, string version, string id, string severity, string why)
    {
        var finding = Audited.Only(Audited.WithKernel(distribution, release, version), id);

        Assert.Equal(severity, finding.Severity.ToString());
        Assert.Contains(why, finding.Why, StringComparison.Ordinal);
        Assert.Contains(version, finding.Why, StringComparison.Ordinal);
        Assert.Equal(severity == "Info", finding.Remedy.Length == 0);
    }

    [Fact]
    public void User_namespaces_that_are_off_stand_in_the_way_of_a_vulnerability()
    {
        var tree = Audited.WithKernel("debian", "6.1.0-3-amd64", "6.1.8-1");
        Assert.Equal(Severity.High, Audited.Only(tree, "AU0102").Severity);
        tree.Put("/etc/sysctl.d/50-userns.conf", Node.File("# narrow\nkernel/unprivileged_userns_clone = 0\n"));

        Assert.Equal(Severity.Medium, Audited.Only(tree, "AU0102").Severity);
        Assert.Contains("/etc/sysctl.d/50-userns.conf", Audited.Only(tree, "AU0202").Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_overlayfs_has_none_of_its_vulnerabilities()
    {
        var tree = Audited.WithKernel("debian", "6.1.0-3-amd64", "6.1.8-1", "# CONFIG_OVERLAY_FS is not set\nCONFIG_USER_NS=y\n");

        Assert.Contains("OVERLAY_FS off", Audited.Only(tree, "AU0100").Why, StringComparison.Ordinal);
        Assert.DoesNotContain(Audited.Run(tree).Findings, finding => finding.Id.StartsWith("AU02", StringComparison.Ordinal));
    }

    [Fact]
    public void An_option_of_the_overlay_module_opens_old_Debian_kernels()
    {
        var tree = Audited.WithKernel("debian", "5.10.0-22-amd64", "5.10.178-3");
        Assert.Contains("before 5.11", Audited.Only(tree, "AU0202").Why, StringComparison.Ordinal);
        tree.Put("/etc/modprobe.d/docker.conf", Node.File("options overlay permit_mounts_in_userns=1\n"));

        Assert.Equal(Severity.High, Audited.Only(tree, "AU0102").Severity);
        Assert.Equal(Severity.Medium, Audited.Only(tree, "AU0201").Severity);
    }

    [Theory]
    [InlineData("50-a.conf", "user.max_user_namespaces=0", "AU0202")]
    [InlineData("50-a.conf", "-kernel.unprivileged_userns_clone = 0", "AU0202")]
    [InlineData("50-a.conf", "kernel.unprivileged_userns_clone = 1", "AU0201")]
    [InlineData("50-a.conf", "kernel.apparmor_restrict_unprivileged_userns = 1", "AU0202")]
    [InlineData("zz.conf", "; kernel.unprivileged_userns_clone = 0", "AU0201")]
    [InlineData("50-a.txt", "user.max_user_namespaces=0", "AU0201")]
    public void Sysctl_files_decide_about_user_namespaces(string file, string line, string expected)
    {
        var tree = Audited.WithKernel("debian", "6.12.57+deb13-amd64", "6.12.57-1");
        tree.Put($"/usr/lib/sysctl.d/{file}", Node.File(line + "\n"));

        Audited.Only(tree, expected);
    }

    [Fact]
    public void A_sysctl_file_in_etc_takes_the_place_of_its_namesake_and_the_last_name_wins()
    {
        var tree = Audited.WithKernel("debian", "6.12.57+deb13-amd64", "6.12.57-1");
        tree.Put("/usr/lib/sysctl.d/50-x.conf", Node.File("user.max_user_namespaces=0\n"));
        Audited.Only(tree, "AU0202");
        tree.Put("/etc/sysctl.d/50-x.conf", Node.File("\n"));
        Audited.Only(tree, "AU0201");
        tree.Put("/usr/lib/sysctl.d/60-y.conf", Node.File("user.max_user_namespaces=0\n"));
        Audited.Only(tree, "AU0202");
        tree.Put("/etc/sysctl.d/99-z.conf", Node.File("user.max_user_namespaces=100\n"));
        Audited.Only(tree, "AU0201");
    }

    [Fact]
    public void Modules_that_the_boot_needs_are_missed_in_the_initramfs_unless_the_kernel_has_them_built_in()
    {
        var tree = new FakeKernel().Root().Module("kernel/drivers/scsi/sr_mod.ko.xz").Module("kernel/drivers/usb/storage/usb-storage.ko").BuiltIn("kernel/fs/isofs/isofs.ko").Build();
        tree.Put($"/boot/config-{FakeKernel.Version}", Node.File("CONFIG_OVERLAY_FS=m\nCONFIG_BLK_DEV_SD=y\nCONFIG_SQUASHFS_XZ=y\n"));
        var initramfs = new Tree();
        foreach (var path in (string[])["overlay.ko", "squashfs.ko", "usb_storage.ko"])
            initramfs.Put("/lib/modules/" + path, Node.File("module"));
        initramfs.Put("/lib/modules/kernel", Node.File(FakeKernel.Version + "\n"));
        var result = AuditRun.Run(new AuditTarget(tree) { Initramfs = initramfs, IsIso = true, Compressor = "ZSTD" }, [], CancellationToken.None);

        Assert.Equal(["high AU0302 loop", "high AU0303 zstd", "medium AU0301 ahci", "medium AU0301 xhci_pci", "medium AU0302 sr_mod", "low AU0301 vfat"],
            result.Findings.Where(finding => finding.Id.StartsWith("AU03", StringComparison.Ordinal)).Select(Audited.Text));
    }

    [Fact]
    public void An_initramfs_for_another_kernel_is_found_out()
    {
        var tree = new FakeKernel().Root().Build();
        var initramfs = new Tree();
        initramfs.Put("/usr/lib/modules/6.1.0-1-amd64/kernel/fs/overlayfs/overlay.ko", Node.File("module"));
        var result = AuditRun.Run(new AuditTarget(tree) { Initramfs = initramfs, IsIso = true }, [], CancellationToken.None);

        Assert.Contains("6.1.0-1-amd64", Assert.Single(result.Findings, finding => finding.Id == "AU0304").Why, StringComparison.Ordinal);
    }
}
