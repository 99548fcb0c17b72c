using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Programs that run with more rights than who starts them: set-uid, set-gid, file capabilities (inode(7), capabilities(7)).</summary>
internal sealed class PrivilegedFilesCheck : IAuditCheck
{
    private const ushort SetUid = 0b100_000_000_000;
    private const ushort SetGid = 0b010_000_000_000;
    private const ushort WritableForOthers = 0b000_010_010;
    private const ushort Executable = 0b001_001_001;

    // Bits of struct vfs_cap_data.permitted, linux/capability.h.
    private static readonly string[] Capabilities =
    [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
        "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
        "lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
    ];

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        foreach (var (path, node) in target.Tree.Walk())
        {
            if (node.Kind != NodeKind.File)
                continue;
            var hasCapabilities = node.HasXattrs && node.Xattrs.ContainsKey("security.capability");
            var isSet = (node.Mode & (SetUid | SetGid)) != 0 && (node.Mode & Executable) != 0;
            if (!isSet && !hasCapabilities)
                continue;
            var owner = target.Owners.GetValueOrDefault(path);
            var rights = Rights(node, hasCapabilities);
            if ((node.Mode & WritableForOthers) != 0 && ((node.Mode & 0b010) != 0 || node.Gid != 0))
                yield return new Finding("AU0504", Severity.High, path, $"it runs {rights} and can be changed by others than its owner (mode {FileTypes.Octal(node.Mode)})", $"chmod go-w '{path}'");
            else if (owner is null)
                yield return Unknown(path, node, rights, target.Packages is not null, isSet);
            else if (WasChanged(path, node, owner, target))
                yield return new Finding("AU0503", Severity.High, path, $"it runs {rights}, and its bytes are not those that the package {owner.Name} brought", "find out who changed it; install the package again");
            else
                yield return new Finding("AU0501", Severity.Info, path, $"it runs {rights}, as the package {owner.Name} ships it", "");
        }
    }

    private static Finding Unknown(string path, Node node, string rights, bool hasDatabase, bool isSet)
    {
        const string Remedy = "remove the bit (chmod a-s) or the capabilities (setcap -r), or install it from a package";
        if (!hasDatabase)
            return new Finding("AU0502", Severity.Low, path, $"it runs {rights}; without dpkg's database nothing tells whether it is meant so", Remedy);
        return new Finding("AU0502", isSet && (node.Mode & SetUid) != 0 && node.Uid == 0 ? Severity.High : Severity.Medium, path, $"it runs {rights}, and no package brought it", Remedy);
    }

    private static string Rights(Node node, bool hasCapabilities)
    {
        var rights = new List<string>();
        if ((node.Mode & SetUid) != 0)
            rights.Add(node.Uid == 0 ? "as root" : $"as user {node.Uid}");
        if ((node.Mode & SetGid) != 0)
            rights.Add($"as group {node.Gid}");
        if (hasCapabilities)
            rights.Add($"with {Named(node.Xattrs["security.capability"])}");
        return string.Join(", ", rights);
    }

    // struct vfs_cap_data: magic and flags, then permitted and inheritable, twice (the upper 32 bits); little endian.
    private static string Named(byte[] value)
    {
        if (value.Length < 12)
            return "capabilities that cannot be read";
        ulong permitted = BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(4));
        if (value.Length >= 20)
            permitted |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(value.AsSpan(12)) << 32;
        var names = Enumerable.Range(0, 64).Where(bit => (permitted >> bit & 1) != 0).Select(bit => bit < Capabilities.Length ? "cap_" + Capabilities[bit] : $"capability {bit}");
        return string.Join(", ", names.DefaultIfEmpty("no capability"));
    }

    private static bool WasChanged(string path, Node node, DpkgPackage owner, AuditTarget target)
    {
        var digests = target.Packages!.DigestsOf(owner);
        // What the package ships as /bin/su lies in /usr/bin/su.
        var known = digests.GetValueOrDefault(path[1..]) ?? (path.StartsWith("/usr/", StringComparison.Ordinal) ? digests.GetValueOrDefault(path["/usr/".Length..]) : null);
        if (known is null)
            return false;
        using var content = node.Content.OpenRead();
#pragma warning disable CA5351 // dpkg keeps MD5 digests
        return Convert.ToHexStringLower(MD5.HashData(content)) != known;
#pragma warning restore CA5351
    }
}
