using System.Text;
using ImageBuilder.Update.Data;
using ImageBuilder.Update.Stacks;
using ImageBuilder.Update.State;
using ImageBuilder.Update.Tests.Model;

namespace ImageBuilder.Update.Tests.Cuts;

/// <summary>A modelled machine with the code under test on it, as the boot program and the agent set it up.</summary>
internal sealed class Device : IDevice
{
    public static readonly StackId Factory = new(Enumerable.Repeat((byte)0xFA, StackId.Length).ToArray());

    private readonly StateStore state;

    public Device(World world, bool recordInFiles, int keep)
    {
        World = world;
        Files = new ModelFiles(world);
        state = new StateStore(recordInFiles ? new FileCopies(Files) : new PartitionCopies(new ModelDisk(world, PartitionCopies.PartitionLength)));
        Uppers = new UpperStore(Files, state, keep);
    }

    public World World { get; }

    /// <summary>What is booted, and observed.</summary>
    public (Slot Slot, StackId Stack) Booted { get; init; } = (Slot.A, Factory);

    /// <summary>Fills a slot's first upper.</summary>
    public Action<ModelFiles, string>? Fill { get; init; }

    public ModelFiles Files { get; }

    public UpperStore Uppers { get; }

    public StateStore State => state;

    /// <summary>What Init does with the record and the data partition, in its order.</summary>
    public UpperChoice Boot()
    {
        if (state.Load().Record is null)
            Uppers.Rebuild(Factory);
        var choice = Uppers.Open(Booted.Slot, Booted.Stack, Fill is null ? null : folder => Fill(Files, folder));
        Uppers.Collect(TimeSpan.MaxValue);
        return choice;
    }

    public void Recover() => Boot();

    /// <summary>Boots, checks what must be so after every boot, and tells what a person finds: contents, not numbers.</summary>
    public string Observe()
    {
        var choice = Boot();
        var record = state.Load().Record!;
        Assert.Equal(new UpperStamp(Booted.Stack, choice.Number), Uppers.StampOf(choice.Number));
        Assert.Equal(choice.Number, record.UpperOf(Booted.Slot));
        // Nothing leaks: what is there is named, and the trash is empty.
        Assert.All(Files.List(DataLayout.Uppers), name => Assert.Contains(DataLayout.NumberOf(name)!.Value, record.NamedUppers));
        Assert.Equal([], Files.List(DataLayout.Trash));
        Assert.All(record.NamedUppers, number => Assert.True(number < record.NextUpper));
        var text = new StringBuilder("upper:\n").Append(Content(choice.Number));
        foreach (var kept in record.Kept)
            text.Append("kept:\n").Append(Content(kept));
        text.Append("token: ").Append(record.ResetToken is null ? "none" : Convert.ToHexString(record.ResetToken));
        text.Append("\nidentity: ").Append(Files.Find($"{DataLayout.Identity}/machine-id") is not null).Append(" home: ").Append(Files.Find(DataLayout.Persisted("/home")) is not null);
        return text.Append('\n').ToString();
    }

    /// <summary>The tree of an upper; what is in the folder besides is checked.</summary>
    private string Content(uint number)
    {
        var folder = DataLayout.Upper(number);
        Assert.Equal([DataLayout.AreasName, DataLayout.StampName, DataLayout.UpperName, DataLayout.WorkName], Files.List(folder));
        return $"{World.Memory.Describe(Files.Find($"{folder}/{DataLayout.UpperName}")!.Value.Inode)}areas{World.Memory.Describe(Files.Find($"{folder}/{DataLayout.AreasName}")!.Value.Inode)}";
    }
}
