using ImageBuilder.Linux.Files;

namespace ImageBuilder.Update.Tests.Model;

/// <summary>A change that is in the machine's memory, and may or may not be on the device when the power fails: each by itself, in any combination.</summary>
internal abstract record Change
{
    /// <summary>What must be synchronised to make it last: numbers of files and folders, <see cref="World.Disk"/>.</summary>
    public abstract IEnumerable<int> Targets { get; }

    /// <summary>Names that it changes: what came before at the same name lasts with it.</summary>
    public virtual IEnumerable<(int, string)> Keys => [];

    /// <summary>What it writes over: an earlier change of the same place is of no account once this one lasts.</summary>
    public abstract object Place { get; }

    /// <summary>A flush reported an error for it: it never lasts by a flush any more.</summary>
    public bool IsForgotten { get; set; }

    public abstract void Apply(State state);

    /// <summary>What a cut in the middle of it leaves; null when it is whole or not.</summary>
    public virtual Change? Torn => null;
}

/// <summary>A name in a folder, with a file that may be new.</summary>
internal sealed record NameChange(int Folder, string Name, int Inode, FileKind Kind) : Change
{
    public override object Place => (Folder, Name);
    public override IEnumerable<int> Targets => [Folder];
    public override IEnumerable<(int, string)> Keys => [(Folder, Name)];

    public override void Apply(State state)
    {
        state.Get(Inode, Kind);
        state.SetName(Folder, Name, Inode);
    }
}

internal sealed record RemoveChange(int Folder, string Name) : Change
{
    public override object Place => (Folder, Name);
    public override IEnumerable<int> Targets => [Folder];
    public override IEnumerable<(int, string)> Keys => [(Folder, Name)];

    public override void Apply(State state) => state.RemoveName(Folder, Name);
}

/// <summary>A rename is one change, as journaling file systems have it.</summary>
internal sealed record MoveChange(int From, string FromName, int To, string ToName, int Inode, FileKind Kind) : Change
{
    public override object Place => (To, ToName);
    public override IEnumerable<int> Targets => [From, To];
    public override IEnumerable<(int, string)> Keys => [(From, FromName), (To, ToName)];

    public override void Apply(State state)
    {
        state.Get(Inode, Kind);
        state.RemoveName(From, FromName);
        state.SetName(To, ToName, Inode);
    }
}

/// <summary>At most a sector of a file's content.</summary>
internal sealed record DataChange(int Inode, int Offset, byte[] Bytes) : Change
{
    public override object Place => (Inode, Offset);
    public override IEnumerable<int> Targets => [Inode];

    public override Change? Torn => Bytes.Length > 1 ? this with { Bytes = Bytes[..(Bytes.Length / 2)] } : null;

    public override void Apply(State state)
    {
        var node = state.Get(Inode, FileKind.Regular);
        var data = new byte[Math.Max(node.Data.Length, Offset + Bytes.Length)];
        node.Data.CopyTo(data, 0);
        Bytes.CopyTo(data, Offset);
        node.Data = data;
    }
}

internal sealed record AttributeChange(int Inode, FileKind Kind, string Name, string? Value) : Change
{
    public override object Place => (Inode, Name, 0);
    public override IEnumerable<int> Targets => [Inode];

    public override void Apply(State state)
    {
        var attributes = state.Get(Inode, Kind).Attributes;
        if (Value is null)
            attributes.Remove(Name);
        else
            attributes[Name] = Value;
    }
}

/// <summary>A sector of the disk.</summary>
internal sealed record SectorChange(long Sector, byte[] Bytes) : Change
{
    public override object Place => Sector;
    public override IEnumerable<int> Targets => [World.Disk];

    public override Change? Torn => this with { Bytes = Bytes[..(Bytes.Length / 2)] };

    public override void Apply(State state)
    {
        var whole = new byte[State.Sector];
        if (state.Sectors.TryGetValue(Sector, out var old))
            old.CopyTo(whole, 0);
        Bytes.CopyTo(whole, 0);
        if (whole.AsSpan().ContainsAnyExcept((byte)0))
            state.Sectors[Sector] = whole;
        else
            state.Sectors.Remove(Sector);
    }
}
