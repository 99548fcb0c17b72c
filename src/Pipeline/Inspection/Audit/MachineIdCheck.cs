using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>A machine's identity that is the same on every machine (machine-id(5)).</summary>
internal sealed class MachineIdCheck : IAuditCheck
{
    public IEnumerable<Finding> Run(AuditTarget target)
    {
        foreach (var path in (string[])["/etc/machine-id", "/var/lib/dbus/machine-id"])
            if (target.Tree.Find(path) is { Kind: NodeKind.File } && target.ReadText(path)?.Trim() is { Length: > 0 } id && id != "uninitialized")
                yield return new Finding("AU0901", Severity.Medium, path, "every machine that boots this image has the same id: they get the same address by DHCP and mix up their logs", "empty the file: systemd then makes one at boot");
    }
}
