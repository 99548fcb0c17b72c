namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>How much a finding matters.</summary>
public enum Severity
{
    /// <summary>Something to know; nothing to do.</summary>
    Info,

    /// <summary>Worth a look.</summary>
    Low,

    /// <summary>Should be changed, or is right for reasons that the tool cannot see.</summary>
    Medium,

    /// <summary>Do not ship without changing or accepting it.</summary>
    High,
}
