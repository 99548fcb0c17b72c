using ImageBuilder.Linux;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Init;

/// <summary>What makes a device this one: its machine id, and beside it the host keys that programs put there. It outlives resets.</summary>
internal static class MachineIdentity
{
    private const string Folder = DevicePaths.Identity;
    private const string MachineId = "/etc/machine-id";
    private const string KeptId = DataLayout.Identity + "/machine-id";
    private const int Digits = 32;

    public static void Run(Boot boot)
    {
        using var data = new FileTree(Paths.Data);
        PersistedFolders.Seed(data, Paths.Data, Paths.NewRoot + Folder, DataLayout.Identity);
        Mount(boot);
        KeepMachineId(boot, data);
    }

    private static void Mount(Boot boot)
    {
        try
        {
            MountPoint.Need(Folder);
            Linux.Mounts.Mount.Bind(Paths.Data + DataLayout.Identity, Paths.NewRoot + Folder);
        }
        catch (BootException error)
        {
            boot.Log.Warning($"the identity is kept, but cannot be seen: {error.Message}");
        }
    }

    private static void KeepMachineId(Boot boot, FileTree data)
    {
        var kept = data.Find(KeptId) is { Kind: FileKind.Regular } ? Valid(System.Text.Encoding.ASCII.GetString(data.Read(KeptId, 2 * Digits))) : null;
        var place = Paths.NewRoot + MachineId;
        var own = new FileInfo(place) is { Exists: true, LinkTarget: null } ? Valid(KernelFile.TryRead(place) ?? "") : null;
        // A person may have given the running system another: that one is kept from now on.
        var (id, why) = Choose(own, kept, () => Machine.RandomUuid().ToString("N"));
        if (id != kept)
        {
            var bytes = System.Text.Encoding.ASCII.GetBytes(id + "\n");
            if (data.Find(KeptId) is not null)
                data.Remove(KeptId);
            data.Write(KeptId, bytes);
            File.SetUnixFileMode(Paths.Data + KeptId, (UnixFileMode)0b100_100_100);
            data.Sync(KeptId);
            data.Sync(DataLayout.Identity);
        }
        if (id != own)
            Show(boot, place, id);
        boot.Decide("machine-id", id == kept ? "kept" : "new", why);
    }

    /// <summary>The machine id, and why it is this one.</summary>
    /// <param name="own">That of the root, when it has one.</param>
    /// <param name="kept">That of earlier starts, when there were any.</param>
    /// <param name="make">Makes a new one: random, as a UUID of version 4, as machine-id(5) asks for.</param>
    internal static (string Id, string Why) Choose(string? own, string? kept, Func<string> make) => (own, kept) switch
    {
        (null, null) => (make(), "first start"),
        (null, _) => (kept, "of an earlier start"),
        (_, null) => (own, "the root has one"),
        _ => (own, own == kept ? "of an earlier start" : "the root has another one than earlier starts"),
    };

    /// <summary>The id in the text of a machine-id(5) file; null for an empty file, "uninitialized" and anything else.</summary>
    internal static string? Valid(string text)
    {
        var id = text.Trim('\n');
        return id.Length == Digits && id.All(char.IsAsciiHexDigitLower) && id.Any(c => c != '0') ? id : null;
    }

    private static void Show(Boot boot, string place, string id)
    {
        try
        {
            File.WriteAllText(place, id + "\n");
            File.SetUnixFileMode(place, (UnixFileMode)0b100_100_100);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The root is read-only: as systemd itself does it, a file in /run is shown there.
            if (!File.Exists(place))
            {
                boot.Log.Warning($"the root image has no {MachineId} that one could be mounted on: systemd makes one at every start");
                return;
            }
            File.WriteAllText(Paths.MachineId, id + "\n");
            File.SetUnixFileMode(Paths.MachineId, (UnixFileMode)0b100_100_100);
            Linux.Mounts.Mount.Bind(Paths.MachineId, place);
        }
    }
}
