using System.Globalization;
using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;

namespace ImageBuilder.Agent.Health;

/// <summary>
/// What is left of one trial: files in a folder of the data partition that both slots see. A file is there whole or not at all, and who writes it first
/// has said it. Few trials are kept, and none takes more than <see cref="MaxLength"/>.
/// </summary>
internal sealed class TrialFolder
{
    /// <summary>Bytes of all files.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>Trials that are kept.</summary>
    public const int Most = 5;

    private const string Unfinished = ".new-";
    private readonly IFileTree data;

    private TrialFolder(IFileTree data, string path) => (this.data, Path) = (data, path);

    /// <summary>The folder, relative to the data partition.</summary>
    public string Path { get; }

    /// <summary>The folder of a trial, which need not be there yet.</summary>
    /// <param name="data">The data partition.</param>
    /// <param name="upper">The number of its upper; 0 when it has none: a kernel that ended before it could be made.</param>
    /// <param name="stack">Its stack: the name where there is no upper.</param>
    public static TrialFolder Of(IFileTree data, uint upper, StackId stack) =>
        new(data, $"{DataLayout.Trials}/{(upper > 0 ? upper.ToString(CultureInfo.InvariantCulture) : $"stack-{stack.ToString()[..16]}")}");

    /// <summary>Whether a file is there.</summary>
    public bool Has(string name) => data.Find($"{Path}/{name}") is not null;

    /// <summary>Keeps a file, the end of it where it is too long; one that is there stays as it is.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="bytes">Its content; null or empty: there is none to keep.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Put(string name, byte[]? bytes)
    {
        if (bytes is null or [] || Has(name))
            return;
        MakeFolder();
        var room = MaxLength - data.List(Path).Sum(file => data.Find($"{Path}/{file}")?.Length ?? 0);
        if (room <= 0)
            return;
        var unfinished = $"{Path}/{Unfinished}{name}";
        if (data.Find(unfinished) is not null)
            data.Remove(unfinished);
        data.Write(unfinished, bytes.Length <= room ? bytes : bytes.AsSpan(bytes.Length - (int)room));
        data.Sync(unfinished);
        data.Rename(unfinished, $"{Path}/{name}");
        data.Sync(Path);
    }

    /// <summary>Puts the folder aside.</summary>
    /// <exception cref="IOException">It cannot be renamed.</exception>
    public void Discard()
    {
        if (data.Find(Path) is not null)
            Discard(Path);
    }

    private void MakeFolder()
    {
        if (data.Find(Path) is not null)
            return;
        Make(DataLayout.Trials, 0b111_000_000);
        // The oldest go: a fleet's device may fail for years.
        foreach (var old in data.List(DataLayout.Trials).OrderByDescending(name => DataLayout.NumberOf(name) ?? 0).Skip(Most - 1).ToList())
            Discard($"{DataLayout.Trials}/{old}");
        Make(Path, 0b111_000_000);
    }

    private void Make(string folder, int mode)
    {
        if (data.Find(folder) is not null)
            return;
        data.MakeFolder(folder, mode);
        data.Sync(folder[..folder.LastIndexOf('/')]);
    }

    private void Discard(string folder)
    {
        Make(DataLayout.Trash, 0b111_101_101);
        var target = $"{DataLayout.Trash}/trial-{folder[(folder.LastIndexOf('/') + 1)..]}";
        for (var i = 1; data.Find(target) is not null; i++)
            target = string.Create(CultureInfo.InvariantCulture, $"{DataLayout.Trash}/trial-{folder[(folder.LastIndexOf('/') + 1)..]}.{i}");
        data.Rename(folder, target);
        data.Sync(DataLayout.Trials);
    }
}
