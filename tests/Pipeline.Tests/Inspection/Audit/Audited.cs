using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Inspection.Audit;

namespace ImageBuilder.Pipeline.Tests.Inspection.Audit;

/// <summary>A tree to be audited, and what the audit says of it.</summary>
internal static class Audited
{
    /// <summary>A tree with a kernel as a distribution installs it.</summary>
    public static Tree WithKernel(string distribution, string release, string packageVersion, string config = "CONFIG_OVERLAY_FS=m\nCONFIG_USER_NS=y\n")
    {
        var tree = new Tree();
        tree.Put("/etc/os-release", Node.File($"ID={distribution}\n"));
        tree.Put($"/boot/config-{release}", Node.File(config));
        tree.Put("/var/lib/dpkg/status", Node.File($"Package: linux-image-{release}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {packageVersion}\n\n"));
        return tree;
    }

    /// <summary>"severity id subject" of every finding but information, worst first.</summary>
    public static string[] Findings(Tree tree) => [.. Run(tree).Findings.Where(finding => finding.Severity > Severity.Info).Select(Text)];

    /// <summary>The finding with an id.</summary>
    public static Finding Only(Tree tree, string id) => Assert.Single(Run(tree).Findings, finding => finding.Id == id);

    public static AuditResult Run(Tree tree, params string[] ignore) => AuditRun.Run(new AuditTarget(tree), ignore, CancellationToken.None);

    public static string Text(Finding finding) => $"{finding.Severity.ToString().ToLowerInvariant()} {finding.Id} {finding.Subject}";
}
