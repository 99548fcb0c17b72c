using System.Collections.Concurrent;
using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>
/// The boots that scenarios of one run have in common (<c>until</c> of the step <c>boot</c>): the first does it and keeps the machine as it is then, the others go on from
/// there. Without KVM a boot takes 10 s, going on from a state half a second.
/// </summary>
/// <param name="folder">Holds the states.</param>
internal sealed class SharedBoots(RunFolder folder)
{
    private readonly ConcurrentDictionary<(MachineOptions Options, string Until), Boot> _boots = [];

    /// <summary>The boot of a machine up to a text; whoever has taken it has it alone.</summary>
    public async Task<Boot> TakeAsync(MachineOptions options, string until, CancellationToken cancellation)
    {
        // Each scenario has files of its own for what its machine writes.
        var boot = _boots.GetOrAdd((options with { Overlay = null, FirmwareVariables = null }, until), _ => new Boot(folder[$"boot-{Guid.NewGuid():N}"]));
        await boot.WaitAsync(cancellation);
        return boot;
    }

    /// <summary>One of them, taken until it is disposed.</summary>
    /// <param name="folder">For its state.</param>
    internal sealed class Boot(string folder) : IDisposable
    {
        private readonly SemaphoreSlim _free = new(1);

        /// <summary>Where the state goes.</summary>
        public string Folder => folder;

        /// <summary>The machine after it; null when nobody was there yet.</summary>
        public MachineState? State { get; set; }

        public Task WaitAsync(CancellationToken cancellation) => _free.WaitAsync(cancellation);

        /// <summary>Gives it back.</summary>
        public void Dispose() => _free.Release();
    }
}
