using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>The tree's own users and groups: names are resolved against them, never against the builder's.</summary>
internal sealed class Accounts
{
    private const uint FirstUserId = 1000; // login.defs(5) UID_MIN of the distributions we know
    private const uint LastUserId = 59999;

    /// <summary>Reads the databases of a tree.</summary>
    public Accounts(Tree tree)
    {
        Passwd = new AccountFile(tree, "/etc/passwd", UnixMode.Octal0644);
        Group = new AccountFile(tree, "/etc/group", UnixMode.Octal0644);
        Shadow = new AccountFile(tree, "/etc/shadow", UnixMode.Octal0640);
        GroupShadow = new AccountFile(tree, "/etc/gshadow", UnixMode.Octal0640);
    }

    /// <summary>passwd(5): name, password, uid, gid, comment, home, shell.</summary>
    public AccountFile Passwd { get; }

    /// <summary>group(5): name, password, gid, members.</summary>
    public AccountFile Group { get; }

    /// <summary>shadow(5): name, hash, day of last change, minimum, maximum, warning, inactive, expire, reserved.</summary>
    public AccountFile Shadow { get; }

    /// <summary>gshadow(5): name, password, administrators, members.</summary>
    public AccountFile GroupShadow { get; }

    /// <summary>The user id of a name or number, and the group it belongs to first (0 for a number without an entry).</summary>
    /// <exception cref="ImageException">IB4001: no such user in the tree.</exception>
    public (uint Uid, uint Gid) User(string nameOrNumber, string origin)
    {
        if (Passwd.Find(nameOrNumber) is { Length: >= 4 } entry)
            return (Number(entry[2]), Number(entry[3]));
        if (uint.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var uid))
            return (uid, Passwd.Lines.FirstOrDefault(fields => fields.Length > 3 && fields[2] == nameOrNumber) is { } known ? Number(known[3]) : 0);
        throw new ImageException(ImageErrorKind.Spec, "IB4001",
            $"{origin}: user '{nameOrNumber}' is not in the image's /etc/passwd; add it under users:, install the package that brings it, or give a number");
    }

    /// <summary>The group id of a name or number.</summary>
    /// <exception cref="ImageException">IB4002: no such group in the tree.</exception>
    public uint GroupId(string nameOrNumber, string origin)
    {
        if (Group.Find(nameOrNumber) is { Length: >= 3 } entry)
            return Number(entry[2]);
        return uint.TryParse(nameOrNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var gid) ? gid
            : throw new ImageException(ImageErrorKind.Spec, "IB4002",
                $"{origin}: group '{nameOrNumber}' is not in the image's /etc/group; install the package that brings it, or give a number");
    }

    /// <summary>The lowest id from 1000 on that neither a user nor a group has.</summary>
    public uint FreeId()
    {
        var taken = Passwd.Lines.Concat(Group.Lines).Where(fields => fields.Length > 2).Select(fields => fields[2]).ToHashSet();
        for (var id = FirstUserId; id <= LastUserId; id++)
            if (!taken.Contains(id.ToString(CultureInfo.InvariantCulture)))
                return id;
        throw new ImageException(ImageErrorKind.LimitExceeded, "IB4003", $"no user id from {FirstUserId} to {LastUserId} is free");
    }

    /// <summary>Writes all databases back.</summary>
    public void Save(long time)
    {
        foreach (var file in (AccountFile[])[Passwd, Group, Shadow, GroupShadow])
            file.Save(time);
    }

    private static uint Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new ImageException(ImageErrorKind.Corrupt, "IB4004", $"the image's /etc/passwd or /etc/group has '{text}' where a number belongs");
}
