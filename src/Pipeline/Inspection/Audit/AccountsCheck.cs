using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Layers;

namespace ImageBuilder.Pipeline.Inspection.Audit;

/// <summary>Accounts that anybody can use: no password, a password everybody guesses, root's rights under another name.</summary>
internal sealed class AccountsCheck : IAuditCheck
{
    private const ushort ReadableForOthers = 0b000_000_100;
    private const string SetPassword = "users: [{ name: NAME, passwordHash: … }] with a hash of a password of your own (mkpasswd), or without password and with sshKeys";

    private static readonly string[] Guesses =
        ["live", "root", "toor", "password", "passw0rd", "admin", "debian", "ubuntu", "user", "test", "guest", "demo", "changeme", "changeit", "secret", "linux", "default", "1234", "12345", "123456", "12345678", "qwerty", "raspberry", "vagrant", "kali"];

    public IEnumerable<Finding> Run(AuditTarget target)
    {
        var accounts = new Accounts(target.Tree);
        var autologin = Autologins(target);
        foreach (var fields in accounts.Passwd.Lines.Where(fields => fields.Length >= 7))
        {
            var (name, shell) = (fields[0], fields[6]);
            var canLogIn = !shell.EndsWith("/nologin", StringComparison.Ordinal) && !shell.EndsWith("/false", StringComparison.Ordinal);
            if (fields[2] == "0" && name != "root")
                yield return new Finding("AU0603", Severity.High, name, "this account has uid 0: it is root under another name", "give it another uid, or remove it");
            var hash = fields[1] == "x" ? accounts.Shadow.Find(name) is { Length: > 1 } shadow ? shadow[1] : "*" : fields[1];
            if (fields[1] is not ("x" or "*" or "!" or ""))
                yield return new Finding("AU0604", Severity.High, name, "its password hash is in /etc/passwd, where everybody can read it", "move the hash to /etc/shadow (pwconv)");
            if (hash.Length == 0)
                yield return new Finding("AU0601", canLogIn ? Severity.High : Severity.Low, name, canLogIn ? "it has no password: anybody can log in" : "it has no password (its shell lets nobody in)", SetPassword);
            else if (hash[0] is not ('*' or '!'))
                foreach (var finding in Judge(name, hash))
                    yield return finding;
            if (autologin.TryGetValue(name, out var unit))
                yield return new Finding("AU0606", name == "root" ? Severity.Medium : Severity.Low, name, $"{unit} logs it in without a password", "right for a kiosk; otherwise leave autologin: out");
        }
        foreach (var path in (string[])["/etc/shadow", "/etc/gshadow"])
            if (target.Tree.Resolve(path) is { } file && (file.Mode & ReadableForOthers) != 0)
                yield return new Finding("AU0607", Severity.High, path, $"everybody can read the password hashes (mode {FileTypes.Octal(file.Mode)})", $"chmod 0640 {path}");
    }

    /// <summary>True when the account has a password that can be used.</summary>
    internal static bool HasPassword(Tree tree, string name) => new Accounts(tree).Shadow.Find(name) is [_, { Length: > 0 } hash, ..] && hash[0] is not ('*' or '!');

    private static IEnumerable<Finding> Judge(string name, string hash)
    {
        if (Guesses.Append(name).FirstOrDefault(guess => Crypt.Verify(guess, hash)) is { } guessed)
            yield return new Finding("AU0602", Severity.High, name, $"its password is '{guessed}', which is among the first that are tried", SetPassword);
        else if (!hash.StartsWith("$y$", StringComparison.Ordinal) && !hash.StartsWith("$gy$", StringComparison.Ordinal) && !hash.StartsWith("$7$", StringComparison.Ordinal)
            && !hash.StartsWith("$6$", StringComparison.Ordinal) && !hash.StartsWith("$5$", StringComparison.Ordinal) && !hash.StartsWith("$2", StringComparison.Ordinal))
            yield return new Finding("AU0605", Severity.Medium, name, "its password is hashed by a method that is broken fast (crypt(5)): DES or MD5", SetPassword);
    }

    // agetty --autologin NAME, in drop-ins and units of /etc/systemd/system.
    private static Dictionary<string, string> Autologins(AuditTarget target)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, node) in target.Tree.Resolve("/etc/systemd/system")?.Children ?? [])
        {
            if (!name.ToString().Contains("getty@", StringComparison.Ordinal))
                continue;
            var path = $"/etc/systemd/system/{name}";
            foreach (var file in node.IsDirectory ? target.Files(path, ".conf").Select(entry => entry.Path) : [path])
                if ((target.ReadText(file) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is var words && Array.IndexOf(words, "--autologin") is >= 0 and var at && at + 1 < words.Length)
                    found.TryAdd(words[at + 1], file);
        }
        return found;
    }
}
