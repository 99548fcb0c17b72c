using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>`users:`: accounts added or changed in the tree's own databases, with home folder, ssh keys and automatic login.</summary>
internal static class UsersLayer
{
    private const string Locked = "!";

    public static void Apply(BuildPlan plan, Tree tree, long time)
    {
        if (plan.Users.Count == 0)
            return;
        var accounts = new Accounts(tree);
        foreach (var user in plan.Users)
            AddOrChange(plan, user, tree, accounts, time);
        accounts.Save(time);
        foreach (var user in plan.Users.Where(user => user.Autologin))
            Autologin(user.Name, tree, time);
    }

    private static void AddOrChange(BuildPlan plan, UserPlan user, Tree tree, Accounts accounts, long time)
    {
        var day = (time / 86400).ToString(CultureInfo.InvariantCulture);
        var entry = accounts.Passwd.Find(user.Name);
        var isNew = entry is null;
        if (entry is null)
        {
            var id = (user.Uid ?? accounts.FreeId()).ToString(CultureInfo.InvariantCulture);
            if (accounts.Passwd.Lines.FirstOrDefault(fields => fields.Length > 2 && fields[2] == id) is { } other)
                throw new ImageException(ImageErrorKind.Spec, "IB4006", $"user '{user.Name}': uid {id} belongs to '{other[0]}' in the image; choose another");
            // The user's own group has the user's number, unless another group has it: sudo's, for one, must not become somebody's own.
            var gid = accounts.Group.Find(user.Name) is { Length: > 2 } own ? own[2]
                : accounts.Group.Lines.Any(fields => fields.Length > 2 && fields[2] == id) ? accounts.FreeId().ToString(CultureInfo.InvariantCulture) : id;
            if (accounts.Group.Find(user.Name) is null)
            {
                accounts.Group.Add(user.Name, "x", gid, "");
                accounts.GroupShadow.Add(user.Name, Locked, "", "");
            }
            entry = [user.Name, "x", id, gid, "", user.Name == "root" ? "/root" : $"/home/{user.Name}", DefaultShell(tree)];
            accounts.Passwd.Add(entry);
            accounts.Shadow.Add(user.Name, Locked, day, "0", "99999", "7", "", "", "");
        }
        else if (user.Uid is { } uid && entry[2] != uid.ToString(CultureInfo.InvariantCulture))
        {
            throw new ImageException(ImageErrorKind.Spec, "IB4007", $"user '{user.Name}' is in the image already with uid {entry[2]}; leave out uid: {uid}");
        }
        (entry[4], entry[5], entry[6]) = (user.Comment ?? entry[4], user.Home ?? entry[5], user.Shell ?? entry[6]);
        if (user.Shell is { } shell && tree.Resolve(shell) is null && !FilesLayer.Paths(plan).Contains(shell)) // files come after users
            throw new ImageException(ImageErrorKind.Spec, "IB4008", $"user '{user.Name}': the shell {shell} is not in the image; install its package or choose another");

        var hash = user.PasswordHash ?? (user.Password is { } password ? Crypt.Hash(password, $"{plan.Name}\n{plan.Version}\n{user.Name}") : null);
        if (hash is not null)
        {
            var shadow = accounts.Shadow.Find(user.Name);
            if (shadow is null)
                accounts.Shadow.Add(user.Name, hash, day, "0", "99999", "7", "", "", "");
            else
                (shadow[1], shadow[2]) = (hash, day);
        }
        foreach (var group in user.Groups)
        {
            AccountFile.AddMember(accounts.Group.Find(group) ?? throw new ImageException(ImageErrorKind.Spec, "IB4002",
                $"user '{user.Name}': group '{group}' is not in the image's /etc/group; install the package that brings it (sudo brings 'sudo')"), user.Name);
            if (accounts.GroupShadow.Find(group) is { } shadow)
                AccountFile.AddMember(shadow, user.Name);
        }

        var (owner, ownerGroup) = accounts.User(user.Name, "users");
        if (isNew)
            MakeHome(tree, entry[5], owner, ownerGroup, time);
        if (user.SshKeys.Count > 0)
            AddKeys(tree, entry[5], user.SshKeys, owner, ownerGroup, time);
    }

    private static string DefaultShell(Tree tree) => tree.Resolve("/bin/bash") is null ? "/bin/sh" : "/bin/bash";

    /// <summary>Copies /etc/skel, as useradd -m does; a home that exists already is only given to its owner.</summary>
    private static void MakeHome(Tree tree, string home, uint uid, uint gid, long time)
    {
        if (tree.Resolve(home) is null && tree.Resolve("/etc/skel") is { IsDirectory: true } skeleton)
            tree.Put(home, Copy(skeleton));
        var node = tree.EnsureDirectory(home);
        (node.Uid, node.Gid, node.ModifiedTime, node.Mode) = (uid, gid, time, UnixMode.Octal0700);

        Node Copy(Node from)
        {
            var to = new Node(from.Kind) { Mode = from.Mode, Uid = uid, Gid = gid, ModifiedTime = time, Content = from.Content, Target = from.Target };
            foreach (var (name, child) in from.Children)
                to.Children[name] = Copy(child);
            return to;
        }
    }

    private static void AddKeys(Tree tree, string home, IReadOnlyList<string> keys, uint uid, uint gid, long time)
    {
        var folder = tree.EnsureDirectory(home + "/.ssh");
        (folder.Uid, folder.Gid, folder.Mode, folder.ModifiedTime) = (uid, gid, UnixMode.Octal0700, time); // sshd refuses keys others may write
        var file = Node.File(string.Concat(keys.Select(key => key.Trim() + "\n")));
        (file.Uid, file.Gid, file.Mode, file.ModifiedTime) = (uid, gid, UnixMode.Octal0600, time);
        folder.Children["authorized_keys"] = file;
    }

    /// <summary>Drop-ins for agetty(8) on the first screen and on serial lines (systemd.unit(5)).</summary>
    private static void Autologin(string user, Tree tree, long time)
    {
        if (tree.Resolve("/usr/lib/systemd/system/getty@.service") is null)
            throw new ImageException(ImageErrorKind.Spec, "IB4009", $"user '{user}': autologin needs systemd's getty units, which are not in the image; add the package systemd-sysv");
        Drop("getty@tty1.service", $"--autologin {user} --noclear %I $TERM");
        Drop("serial-getty@.service", $"--autologin {user} --keep-baud 115200,57600,38400,9600 %I $TERM");

        void Drop(string unit, string arguments)
        {
            var file = Node.File($"[Service]\nExecStart=\nExecStart=-/sbin/agetty {arguments}\n");
            file.ModifiedTime = time;
            tree.Put($"/etc/systemd/system/{unit}.d/autologin.conf", file);
        }
    }
}
