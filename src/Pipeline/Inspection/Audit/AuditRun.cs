namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Looks through an image for what makes it unsafe, or keeps it from booting.</summary>
public static class AuditRun
{
    /// <summary>Every check, in the order of its ids.</summary>
    private static readonly IAuditCheck[] Checks =
    [
        new OverlayCveCheck(),       // AU01xx
        new UserNamespaceCheck(),    // AU02xx
        new BootModulesCheck(),      // AU03xx
        new WritableFilesCheck(),    // AU04xx
        new PrivilegedFilesCheck(),  // AU05xx
        new AccountsCheck(),         // AU06xx
        new SshServerCheck(),        // AU07xx
        new SecretsCheck(),          // AU08xx
        new MachineIdCheck(),        // AU09xx
    ];

    /// <summary>Runs all checks.</summary>
    /// <param name="target">What to look at.</param>
    /// <param name="ignore">Findings that are accepted: "AU0602", or "AU0602:root" for one subject only.</param>
    /// <param name="cancel">Stops between checks.</param>
    /// <exception cref="Formats.ImageException">The image cannot be read.</exception>
    public static AuditResult Run(AuditTarget target, IReadOnlyCollection<string> ignore, CancellationToken cancel)
    {
        var found = new List<Finding>();
        foreach (var check in Checks)
        {
            cancel.ThrowIfCancellationRequested();
            found.AddRange(check.Run(target));
        }
        var sorted = found.OrderByDescending(finding => finding.Severity).ThenBy(finding => finding.Id, StringComparer.Ordinal).ThenBy(finding => finding.Subject, StringComparer.Ordinal);
        var groups = sorted.ToLookup(finding => ignore.Any(accepted => Accepts(accepted, finding)));
        return new AuditResult([.. groups[false]], [.. groups[true]], [.. ignore.Where(accepted => !found.Exists(finding => Accepts(accepted, finding)))]);
    }

    private static bool Accepts(string accepted, Finding finding) => accepted == finding.Id || accepted == $"{finding.Id}:{finding.Subject}";
}
