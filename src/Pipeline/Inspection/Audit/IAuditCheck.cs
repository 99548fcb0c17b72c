namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>One check of an audit. A new one is a class here and a line in <see cref="AuditRun.Checks"/>.</summary>
internal interface IAuditCheck
{
    /// <summary>Looks, and says what it found; finding nothing is good.</summary>
    IEnumerable<Finding> Run(AuditTarget target);
}
