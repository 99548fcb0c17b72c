namespace ImageBuilder.Update.Carry;

/// <summary>A user or group that has another number than before: files that devices have kept would belong to somebody else.</summary>
/// <param name="IsGroup">A group; else a user.</param>
/// <param name="Name">Its name.</param>
/// <param name="Before">The number in the old stack.</param>
/// <param name="After">The number in the new one.</param>
public sealed record Renumbering(bool IsGroup, string Name, uint Before, uint After)
{
    /// <summary>Compares passwd(5) and group(5) of two stacks; names that only one of them has are no matter.</summary>
    /// <param name="before">The old stack's passwd and group, as bytes.</param>
    /// <param name="after">The new stack's.</param>
    public static IReadOnlyList<Renumbering> Between((byte[] Passwd, byte[] Group) before, (byte[] Passwd, byte[] Group) after)
    {
        var found = new List<Renumbering>();
        Compare(isGroup: false, before.Passwd, after.Passwd, found);
        Compare(isGroup: true, before.Group, after.Group, found);
        return found;
    }

    public override string ToString() => $"{(IsGroup ? "group" : "user")} {Name} was {Before} and is {After}";

    private static void Compare(bool isGroup, byte[] before, byte[] after, List<Renumbering> found)
    {
        var (old, now) = (AccountFile.Parse(before), AccountFile.Parse(after));
        foreach (var name in old.Names)
            if (old.Number(name) is { } was && now.Number(name) is { } number && was != number)
                found.Add(new Renumbering(isGroup, name, was, number));
    }
}
