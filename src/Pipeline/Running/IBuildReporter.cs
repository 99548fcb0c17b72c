namespace ImageBuilder.Pipeline.Running;

/// <summary>Hears what a build does. Implementations draw it; the pipeline never writes to the terminal itself.</summary>
public interface IBuildReporter
{
    /// <summary>A step begins. Disposing the step without <see cref="IBuildStep.Complete"/> means it failed.</summary>
    IBuildStep Begin(string name);

    /// <summary>Something the user should know that does not stop the build.</summary>
    void Warn(string message);
}

/// <summary>One step under way.</summary>
public interface IBuildStep : IDisposable
{
    /// <summary>What the step is doing just now, one line.</summary>
    void Detail(string text);

    /// <summary>How far the step is. Units are the caller's; called often.</summary>
    void Progress(long done, long total);

    /// <summary>The step is done; <paramref name="result"/> is a short figure for people, such as "164 MB".</summary>
    void Complete(string result = "");
}
