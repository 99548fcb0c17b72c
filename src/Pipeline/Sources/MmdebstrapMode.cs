using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>How mmdebstrap gets a root of its own: as root directly, otherwise in a user namespace. The result is the same.</summary>
internal static class MmdebstrapMode
{
    /// <summary>The mode argument for the current user.</summary>
    public static string Argument => Environment.IsPrivilegedProcess ? "--mode=root" : "--mode=unshare";

    /// <summary>What keeps tar(1) from making device files, which only root may; in a user namespace mmdebstrap lends its own.</summary>
    public static string WithoutDevices => Environment.IsPrivilegedProcess ? "" : "--exclude='./dev/*'";

    /// <summary>
    /// mmdebstrap, ready for its arguments. As root its temporary tree lies in a folder of ours and its mounts are its own, so that nothing stays
    /// when it is killed; in a user namespace both are its own anyway, and only it could delete the tree.
    /// </summary>
    public static OutsideProgram Program(SharedFolder shared)
    {
        var program = new OutsideProgram("mmdebstrap", "mmdebstrap").WithMountsOfItsOwn();
        return Environment.IsPrivilegedProcess ? program.WithEnvironment("TMPDIR", shared.Path) : program;
    }

    /// <summary>Checks what a build without root needs, and names the remedy.</summary>
    /// <exception cref="ImageException">IB3004: no subordinate ids. IB3001: newuidmap is missing.</exception>
    public static void Check(string step)
    {
        if (Environment.IsPrivilegedProcess)
            return;
        var user = Environment.UserName;
        foreach (var map in (string[])["/etc/subuid", "/etc/subgid"])
            if (!File.Exists(map) || !File.ReadLines(map).Any(line => line.StartsWith(user + ":", StringComparison.Ordinal)))
                throw new ImageException(ImageErrorKind.Io, "IB3004",
                    $"{step}: {user} has no ids in {map}, which a build without root needs; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}, or run the build as root");
        if (OutsideProgram.Find("newuidmap") is null)
            throw new ImageException(ImageErrorKind.Io, "IB3001", $"{step}: the program newuidmap is not installed; apt-get install uidmap");
    }
}
