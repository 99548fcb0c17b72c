using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.State;

namespace ImageBuilder.Update.Data;

/// <summary>
/// Copies of persisted folders from before a trial's migration: an earlier version cannot read what a later one has made of its data. They lie in
/// /ib/persist/.before-N, N being the upper of the trial. The trial's hooks run when every copy has its name; given up, each copy takes its folder's place
/// again; kept, they are thrown away. src/Update/FORMAT.md says why a cut anywhere leaves the old data or the new.
/// </summary>
/// <param name="data">The data partition.</param>
public sealed class MigrationCopies(IFileTree data)
{
    private const string Prefix = ".before-";
    private const string DoneName = ".done";

    /// <summary>The folder of a trial's copies.</summary>
    /// <param name="upper">The number of the trial's upper; 0 when it has none.</param>
    public static string FolderOf(uint upper) => string.Create(CultureInfo.InvariantCulture, $"{DataLayout.Persist}/{Prefix}{upper}");

    /// <summary>Whether a trial's hooks have all run.</summary>
    public bool IsDone(uint upper) => data.Find($"{FolderOf(upper)}/{DoneName}") is not null;

    /// <summary>Bytes that the copies of folders take.</summary>
    public long Size(IEnumerable<string> names) => names.Sum(name => TreeCopy.Size(data, $"{DataLayout.Persist}/{name}"));

    /// <summary>Copies folders. When it returns, all copies are on the device.</summary>
    /// <param name="upper">The number of the trial's upper; 0 when it has none.</param>
    /// <param name="names">Names of folders in /ib/persist (<see cref="DataLayout.Escape"/>).</param>
    /// <exception cref="ImageException">IB6160: there are copies already, so that hooks may have run: the next boot puts them back.</exception>
    /// <exception cref="IOException">They cannot be made.</exception>
    public void Make(uint upper, IEnumerable<string> names)
    {
        var folder = FolderOf(upper);
        if (data.Find(folder) is not null)
        {
            if (Copies(folder).Any())
                throw new ImageException(ImageErrorKind.Io, "IB6160", $"{folder} holds copies of an earlier attempt to migrate: the data may be half migrated; the next start puts them back, and tries again");
            Discard(folder);
        }
        data.MakeFolder(folder, 0b111_000_000);
        var copied = names.Distinct().Where(name => data.Find($"{DataLayout.Persist}/{name}") is not null).ToList();
        foreach (var name in copied)
            TreeCopy.Copy(data, $"{DataLayout.Persist}/{name}", $"{folder}/{DataLayout.NewPrefix}{name}");
        data.SyncAll();
        foreach (var name in copied)
            data.Rename($"{folder}/{DataLayout.NewPrefix}{name}", $"{folder}/{name}");
        data.Sync(folder); // its own name came to the device with the copies
    }

    /// <summary>Notes that all hooks have run: a further start of the same trial goes on with the data that they have made.</summary>
    /// <exception cref="IOException">It cannot be noted.</exception>
    public void SetDone(uint upper)
    {
        data.SyncAll(); // what the hooks have written comes before the note
        var file = $"{FolderOf(upper)}/{DoneName}";
        data.Write(file, []);
        data.Sync(file);
        data.Sync(FolderOf(upper));
    }

    /// <summary>What is to be done with copies before persisted folders are mounted: nothing, when this start goes on with the trial that they belong to.</summary>
    /// <param name="record">The state record.</param>
    /// <param name="booted">What is started.</param>
    /// <returns>What was done, in words.</returns>
    /// <exception cref="IOException">It cannot be done; a further call goes on.</exception>
    public IReadOnlyList<string> Settle(StateRecord record, Slot booted)
    {
        var said = new List<string>();
        if (data.Find(DataLayout.Persist) is null)
            return said;
        foreach (var name in data.List(DataLayout.Persist).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToList())
        {
            var folder = $"{DataLayout.Persist}/{name}";
            var owner = uint.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var upper) ? OwnerOf(record, upper) : null;
            if (owner is null)
            {
                Discard(folder);
                said.Add($"copies of trial {name[Prefix.Length..]} are thrown away: it is no trial any more");
            }
            else if (owner != booted || record.Of(booted).Status != SlotStatus.Trial || !IsDone(upper))
            {
                var back = PutBack(folder, upper);
                said.Add(back.Count == 0 ? $"trial {upper} has changed no persisted folder" : $"as before trial {upper}: {string.Join(", ", back.Select(DataLayout.Unescape))}");
            }
        }
        return said;
    }

    /// <summary>Throws a trial's copies away: it is kept.</summary>
    /// <exception cref="IOException">They cannot be put aside; the next boot does it.</exception>
    public void Discard(uint upper)
    {
        if (data.Find(FolderOf(upper)) is not null)
            Discard(FolderOf(upper));
    }

    /// <summary>The slot on trial, or given up, that has this upper; null when there is none: the trial was kept, or is long gone.</summary>
    private static Slot? OwnerOf(StateRecord record, uint upper)
    {
        foreach (var slot in (ReadOnlySpan<Slot>)[Slot.A, Slot.B])
            if (record.Of(slot) is { Status: SlotStatus.Trial or SlotStatus.Failed } state && state.Upper == upper)
                return slot;
        return null;
    }

    // Each rename reaches the device before the next: a folder whose copy is still there was not put back yet, whatever is in its place.
    private List<string> PutBack(string folder, uint upper)
    {
        var back = new List<string>();
        foreach (var name in Copies(folder))
        {
            var target = $"{DataLayout.Persist}/{name}";
            if (data.Find(target) is not null)
                Trash(target, string.Create(CultureInfo.InvariantCulture, $"after-{upper}-{name}"));
            data.Rename($"{folder}/{name}", target);
            data.Sync(DataLayout.Persist);
            data.Sync(folder);
            back.Add(name);
        }
        Discard(folder);
        return back;
    }

    private List<string> Copies(string folder) => [.. data.List(folder).Where(name => name[0] != '.')];

    private void Discard(string folder) => Trash(folder, folder[(DataLayout.Persist.Length + 2)..]);

    private void Trash(string path, string name)
    {
        if (data.Find(DataLayout.Trash) is null)
        {
            data.MakeFolder(DataLayout.Trash);
            data.Sync(DataLayout.Root);
        }
        var target = $"{DataLayout.Trash}/{name}";
        for (var i = 1; data.Find(target) is not null; i++)
            target = string.Create(CultureInfo.InvariantCulture, $"{DataLayout.Trash}/{name}.{i}");
        data.Rename(path, target);
        data.Sync(DataLayout.Trash);
        data.Sync(path[..path.LastIndexOf('/')]);
    }
}
