namespace ImageBuilder.Agent.Progress;

/// <summary>Told how far a long work is.</summary>
internal interface IProgress
{
    /// <summary>A part of the work begins; the one before it is done.</summary>
    /// <param name="step">A stable word, as "download".</param>
    /// <param name="what">For people, as "downloading layer 3f2a…".</param>
    void Begin(string step, string what);

    /// <summary>How far the part is. May be called for every few bytes.</summary>
    /// <param name="done">In bytes.</param>
    /// <param name="total">In bytes; 0 when it is not known.</param>
    void Advance(long done, long total);

    /// <summary>Something worth telling that is no error, as a request that is repeated.</summary>
    void Note(string text);

    /// <summary>All is done, or has failed: nothing more comes.</summary>
    void End();
}
