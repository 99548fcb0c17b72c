namespace ImageBuilder.Update.Carry;

/// <summary>
/// The three-way merge of an account file by entry and, where both have changed one, by field. Of two accounts with one number the one of here keeps it,
/// since files on the device belong to it; the new stack's gets a free one.
/// </summary>
internal sealed class AccountMerge(string path, AccountFile before, AccountFile mine, AccountFile theirs)
{
    private const string Passwd = "/etc/passwd";
    private const string Group = "/etc/group";
    private const string GroupShadow = "/etc/gshadow";
    private const int NumberField = 2;
    private const int GroupField = 3;
    private const int MembersField = 3;
    private const int AdministratorsField = 2;
    private const uint FirstPerson = 1000;
    private const uint LastPerson = 59999;
    private const uint FirstSystem = 100;

    /// <summary>The files that are merged by entry. A file comes after those that its merge looks at, also in the order of names.</summary>
    public static IReadOnlyList<string> Files { get; } = [Group, GroupShadow, Passwd, "/etc/shadow", "/etc/subgid", "/etc/subuid"];

    /// <summary>What was decided, where somebody may have to look.</summary>
    public List<string> Said { get; } = [];

    /// <summary>Whether a path is such a file.</summary>
    public static bool IsAccountFile(string path) => Files.Contains(path);

    /// <summary>The file that has the accounts which the entries of this one belong to; null for passwd and group.</summary>
    public static string? LeaderOf(string path) => path switch { Passwd or Group => null, GroupShadow => Group, _ => Passwd };

    private bool IsRanges => path.StartsWith("/etc/sub", StringComparison.Ordinal);

    /// <summary>Merges.</summary>
    /// <param name="leader">The accounts that there are (<see cref="LeaderOf"/>); null when that is not known.</param>
    /// <param name="movedGroups">Numbers that groups of the new stack have here; group's merge adds to it, passwd's follows it.</param>
    public AccountFile Run(AccountFile? leader, Dictionary<uint, uint> movedGroups)
    {
        var result = new AccountFile();
        foreach (var name in theirs.Names.Concat(mine.Names.Where(name => theirs.Find(name) is null)))
            if (Choose(name, leader) is { } entry)
                result.Set(name, entry);
        if (path is Passwd or Group)
            GiveNumbers(result, movedGroups);
        else if (IsRanges)
            GiveRanges(result);
        return result;
    }

    private string? Choose(string name, AccountFile? leader)
    {
        var (old, here, there) = (before.Find(name), mine.Find(name), theirs.Find(name));
        if (there is null && old is not null && leader is not null)
            return leader.Find(name) is null ? null : here; // goes and stays with its account
        if (here == old)
            return there;
        return there == old || here == there ? here : Both(name, old, here, there);
    }

    private string? Both(string name, string? old, string? here, string? there)
    {
        if (here is null || there is null)
        {
            Said.Add(here is null ? $"{name}: deleted here and changed by the new stack: stays deleted" : $"{name}: changed here and deleted by the new stack: kept");
            return here;
        }
        var (fields, others, olds) = (here.Split(':'), there.Split(':'), old?.Split(':') ?? []);
        var isWhole = IsRanges || fields.Length != others.Length || here.Contains('\n') || there.Contains('\n');
        for (var i = 0; i < fields.Length && !isWhole; i++)
        {
            var was = olds.Length == fields.Length ? olds[i] : null;
            if (IsList(i))
                fields[i] = MergeList(was ?? "", fields[i], others[i]);
            else if (fields[i] == was)
                fields[i] = others[i];
            else if (others[i] != was && others[i] != fields[i])
                Said.Add($"{name}: field {i + 1} changed here and by the new stack: kept as it was here");
        }
        if (isWhole)
            Said.Add($"{name}: changed here and by the new stack: kept as it was here");
        return string.Join(':', fields);
    }

    private bool IsList(int field) => (path is Group or GroupShadow && field == MembersField) || (path == GroupShadow && field == AdministratorsField);

    private static string MergeList(string old, string here, string there)
    {
        var (was, now, theirs) = (List(old), List(here), List(there));
        var members = theirs.Where(member => now.Contains(member) || !was.Contains(member)).Concat(now.Where(member => !was.Contains(member) && !theirs.Contains(member)));
        return string.Join(',', members);

        static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
    }

    private void GiveNumbers(AccountFile result, Dictionary<uint, uint> movedGroups)
    {
        foreach (var name in result.Names.ToList())
        {
            if (path == Passwd && mine.Find(name) is null && result.Find(name)!.Split(':') is { Length: > GroupField } fields
                && uint.TryParse(fields[GroupField], out var group) && movedGroups.TryGetValue(group, out var moved))
            {
                fields[GroupField] = $"{moved}";
                result.Set(name, string.Join(':', fields));
            }
            if (result.Number(name) is not { } number || theirs.Number(name) != number || mine.Number(name) == number)
                continue; // not a number that the new stack alone gives
            if (result.Names.FirstOrDefault(other => other != name && result.Number(other) == number && mine.Number(other) == number && theirs.Number(other) != number) is not { } owner)
                continue;
            if ((mine.Number(name) ?? Free(number, result)) is not { } given)
            {
                Said.Add($"{name} and {owner} both have the number {number}, and no other is free");
                continue;
            }
            var entry = result.Find(name)!.Split(':');
            entry[NumberField] = $"{given}";
            result.Set(name, string.Join(':', entry));
            if (path == Group)
                movedGroups[number] = given;
            Said.Add($"{name} of the new stack has the number {given} here: {number} is {owner}'s, to whom files of the new stack with {number} now seem to belong");
        }
    }

    /// <summary>A number of the same kind that nobody has: system accounts from 999 downwards, people from 1000 upwards; null for none.</summary>
    private uint? Free(uint number, AccountFile result)
    {
        var taken = new HashSet<uint>();
        foreach (var file in (AccountFile[])[result, mine, theirs])
            foreach (var name in file.Names)
                if (file.Number(name) is { } one)
                    taken.Add(one);
        if (number < FirstPerson)
        {
            for (var free = FirstPerson - 1; free >= FirstSystem; free--)
                if (!taken.Contains(free))
                    return free;
            return null;
        }
        for (var free = FirstPerson; free <= LastPerson; free++)
            if (!taken.Contains(free))
                return free;
        return null;
    }

    /// <summary>A range of subordinate numbers that the new stack brings, and that overlaps one of here, moves behind all others.</summary>
    private void GiveRanges(AccountFile result)
    {
        foreach (var name in result.Names.ToList())
        {
            if (mine.Find(name) is not null || Range(result.Find(name)!) is not { } range)
                continue;
            var (owner, end) = (default(string), 0UL);
            foreach (var other in result.Names)
                if (other != name && Range(result.Find(other)!) is { } taken)
                {
                    end = Math.Max(end, taken.Start + taken.Count);
                    if (taken.Start < range.Start + range.Count && range.Start < taken.Start + taken.Count)
                        owner ??= other;
                }
            if (owner is null)
                continue;
            result.Set(name, $"{name}:{end}:{range.Count}");
            Said.Add($"{name} of the new stack has the numbers from {end} here: those from {range.Start} overlap {owner}'s");
        }

        static (ulong Start, ulong Count)? Range(string entry) =>
            entry.Split(':') is [_, var start, var count] && uint.TryParse(start, out var first) && uint.TryParse(count, out var number) ? (first, number) : null;
    }
}
