namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Whether ordinary users can mount overlays in user namespaces: what all of overlayfs' vulnerabilities of late needed.</summary>
internal sealed class UserNamespaceCheck : IAuditCheck
{
    private static readonly Version MountsInUserNamespaces = new(5, 11);

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        foreach (var kernel in target.Kernels)
        {
            if (kernel.HasConfig && kernel.Option("OVERLAY_FS") is null)
                continue;
            var (state, why) = UserNamespaces.Of(kernel, target);
            if (state == UserNamespaces.Access.Off)
                yield return new Finding("AU0202", Severity.Info, kernel.Release, $"ordinary users cannot mount overlays: {why}", "");
            else if (kernel.Upstream < MountsInUserNamespaces && kernel.Distribution != "ubuntu" && !UserNamespaces.PermitsMountsByOption(target))
                yield return new Finding("AU0202", Severity.Info, kernel.Release, "ordinary users cannot mount overlays: kernels before 5.11 do not let user namespaces do it", "");
            else if (state == UserNamespaces.Access.Confined)
                yield return new Finding("AU0202", Severity.Info, kernel.Release, $"ordinary users can mount overlays only from programs whose AppArmor profile allows it: {why}", "");
            else
                yield return new Finding("AU0201", Severity.Medium, kernel.Release, $"ordinary users can mount overlays in user namespaces of their own: {why}",
                    kernel.Distribution is "debian" or "ubuntu"
                        ? "where neither rootless containers nor browsers' sandboxes are needed: files: [{ path: /etc/sysctl.d/50-userns.conf, content: \"kernel.unprivileged_userns_clone = 0\\n\" }]"
                        : "where neither rootless containers nor browsers' sandboxes are needed: a file in /etc/sysctl.d with user.max_user_namespaces = 0");
        }
    }
}
