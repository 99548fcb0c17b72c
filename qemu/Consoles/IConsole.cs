namespace ImageBuilder.Qemu.Consoles;

/// <summary>A serial console: what it said, and a way to type.</summary>
public interface IConsole
{
    /// <summary>Everything that came from the guest.</summary>
    Transcript Transcript { get; }

    /// <summary>Types text as it is; Enter is <c>\r</c>. IB6302 when the machine is gone.</summary>
    Task SendAsync(string text, CancellationToken cancellation = default);
}
