using ImageBuilder.Linux.Files;
using ImageBuilder.Update.Data;

namespace ImageBuilder.Update.State;

/// <summary>The state record as two files of the data partition: for a stick, whose table has no room made for a partition of its own.</summary>
/// <param name="data">The data partition.</param>
public sealed class FileCopies(IFileTree data) : IStateCopies
{
    public string Name(int copy) => DataLayout.StateFiles[copy];

    public byte[]? Read(int copy) => data.Find(Name(copy)) is null ? null : data.Read(Name(copy), IStateCopies.PlaceLength, pastCache: true);

    public void Write(int copy, ReadOnlySpan<byte> place)
    {
        var isNew = data.Find(Name(copy)) is null;
        if (isNew && data.Find(DataLayout.Root) is null)
        {
            data.MakeFolder(DataLayout.Root);
            data.Sync("/");
        }
        data.Write(Name(copy), place);
        data.Sync(Name(copy));
        if (isNew)
            data.Sync(DataLayout.Root);
    }

    public void Flush()
    {
        foreach (var file in DataLayout.StateFiles.Where(file => data.Find(file) is not null))
            data.Sync(file);
        if (data.Find(DataLayout.Root) is not null)
            data.Sync(DataLayout.Root);
    }
}
