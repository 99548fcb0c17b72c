using ImageBuilder.Qemu.Machines;

namespace ImageBuilder.Qemu.Scenarios;

/// <summary>Runs a scenario's shell scripts on the host, in the folder of the scenario's media.</summary>
/// <param name="folder">Where they run: what they make is a medium for `boot`, or a folder for `serve`.</param>
/// <param name="variables">NAME=VALUE, for all of them.</param>
internal sealed class HostScript(string folder, IReadOnlyList<string> variables)
{
    /// <summary>Runs one. IB6320 with what it said when it fails.</summary>
    /// <param name="what">The key that it came from.</param>
    /// <param name="script">For sh -eu.</param>
    /// <param name="more">Further variables.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task RunAsync(string what, string script, IReadOnlyList<string> more, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        using var process = ChildProcess.Start("/usr/bin/env", ["-C", folder, .. variables, .. more, "/bin/sh", "-euc", script + "\n"], inheritTerminal: false);
        process.StandardInput.Close();
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            throw new QemuException("IB6320", $"'{what}' ended with exit code {process.ExitCode}; it wrote:\n{string.Concat(said).TrimEnd()}");
    }
}
