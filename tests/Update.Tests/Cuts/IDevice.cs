using ImageBuilder.Update.Tests.Model;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>A modelled machine with the code under test on it.</summary>
internal interface IDevice
{
    World World { get; }

    /// <summary>What happens by itself at the next start, whatever the last one came to.</summary>
    void Recover();

    /// <summary>Recovers, checks what must be so then, and tells what a person finds: contents, not numbers.</summary>
    string Observe();
}
