using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Files that everybody may write, and folders in which everybody may remove what others put there.</summary>
internal sealed class WritableFilesCheck : IAuditCheck
{
    private const ushort WritableForAll = 0b000_000_010;
    private const ushort Executable = 0b001_001_001;
    private const ushort Sticky = 0b001_000_000_000;
    private static readonly string[] Trusted = ["/bin/", "/sbin/", "/lib/", "/usr/", "/etc/", "/boot/", "/opt/"];

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        if (IsOpen(target.Tree.Root))
            yield return Open("/");
        foreach (var (path, node) in target.Tree.Walk())
            if (IsOpen(node))
                yield return Open(path);
            else if (node.Kind == NodeKind.File && (node.Mode & WritableForAll) != 0)
                yield return (node.Mode & Executable) != 0 || Trusted.Any(folder => path.StartsWith(folder, StringComparison.Ordinal))
                    ? new Finding("AU0401", Severity.High, path, $"everybody may write this file (mode {FileTypes.Octal(node.Mode)}), which others run or trust", Remedy(path, "o-w"))
                    : new Finding("AU0402", Severity.Medium, path, $"everybody may write this file (mode {FileTypes.Octal(node.Mode)})", Remedy(path, "o-w"));
    }

    private static bool IsOpen(Node node) => node.IsDirectory && (node.Mode & WritableForAll) != 0 && (node.Mode & Sticky) == 0;

    private static Finding Open(string path) =>
        new("AU0403", Severity.Medium, path, "everybody may write this folder and, without the sticky bit, remove and replace what others put there", Remedy(path, "+t"));

    private static string Remedy(string path, string change) => $"scripts: [{{ run: \"chmod {change} '{path}'\" }}], or mode: of its entry under files:";
}
