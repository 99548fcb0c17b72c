namespace ImageBuilder.Pipeline.Sources;

/// <summary>Delivers a plan's root file system.</summary>
public interface IBaseSource
{
    /// <summary>The root file system of the plan.</summary>
    /// <param name="refresh">Make anew what the cache could give.</param>
    /// <param name="cancel">Stops, and cleans up.</param>
    BaseTree Load(bool refresh, CancellationToken cancel);
}
