namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Whether ordinary users can make user namespaces, in which they are root and may mount overlays (user_namespaces(7)).</summary>
internal static class UserNamespaces
{
    /// <summary>How far it goes.</summary>
    public enum Access
    {
        /// <summary>Nobody but root can.</summary>
        Off,

        /// <summary>Only programs with an AppArmor profile that says so.</summary>
        Confined,

        /// <summary>Everybody can.</summary>
        On,
    }

    /// <summary>What holds for a kernel, and what decided it.</summary>
    public static (Access State, string Why) Of(InstalledKernel kernel, AuditTarget target)
    {
        var settings = SysctlSettings.Read(target);
        if (kernel.HasConfig && kernel.Option("USER_NS") is null)
            return (Access.Off, "the kernel's configuration has USER_NS off");
        if (settings.Find("user.max_user_namespaces") is { Value: "0" } none)
            return (Access.Off, $"{none.File} sets user.max_user_namespaces = 0");
        if (settings.Find("kernel.unprivileged_userns_clone") is { Value: "0" } clone)
            return (Access.Off, $"{clone.File} sets kernel.unprivileged_userns_clone = 0");
        if (settings.Find("kernel.apparmor_restrict_unprivileged_userns") is { Value: "1" } confined)
            return (Access.Confined, $"{confined.File} sets kernel.apparmor_restrict_unprivileged_userns = 1");
        return (Access.On, "no sysctl setting in the image turns them off");
    }

    /// <summary>Debian's kernels before 5.11: the module option that lets user namespaces mount overlays.</summary>
    public static bool PermitsMountsByOption(AuditTarget target) =>
        ((string[])["/etc/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"]).SelectMany(folder => target.Files(folder, ".conf"))
            .Any(file => (target.ReadText(file.Path) ?? "").Split('\n').Any(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["options", "overlay", .. var options]
                && options.Any(option => option is "permit_mounts_in_userns=1" or "permit_mounts_in_userns=Y" or "permit_mounts_in_userns=y")));
}
