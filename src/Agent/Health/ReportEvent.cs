namespace ImageBuilder.Agent.Health;

/// <summary>What is reported of an update.</summary>
internal enum ReportEvent
{
    /// <summary>It is on the device, and armed.</summary>
    Installed,

    /// <summary>It was tried, and is kept.</summary>
    Committed,

    /// <summary>It could not be installed, or its trial failed.</summary>
    Failed,
}
