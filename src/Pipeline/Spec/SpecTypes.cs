namespace ImageBuilder.Pipeline.Spec;

/// <summary>The value types that the schema is put together from.</summary>
internal static class SpecTypes
{
    public static readonly SpecType Line = new() { Kind = SpecKind.Text, Label = "single line", Pattern = @"[^\r\n\x00]+", Form = "text without line breaks" };
    public static readonly SpecType Block = new() { Kind = SpecKind.Text, Label = "text" };
    public static readonly SpecType NonEmptyBlock = new() { Kind = SpecKind.Text, Label = "text", Least = 1 };
    public static readonly SpecType Boolean = new() { Kind = SpecKind.Boolean, Label = "switch" };

    public static readonly SpecType ImageName = Text("image name", "[a-z0-9][a-z0-9.+-]*", "lower-case letters, digits, '.', '+' and '-'", 64);
    public static readonly SpecType Version = Text("version", "[A-Za-z0-9][A-Za-z0-9.+~_-]*", "letters, digits, '.', '+', '~', '_' and '-'", 64);
    public static readonly SpecType Hostname = Text("host name", "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*",
        "RFC 1123: letters, digits and '-', at most 63 per label, no '-' at either end", 64);
    public static readonly SpecType Locale = Text("locale", "C|POSIX|C\\.UTF-8|[a-z]{2,3}_[A-Z]{2}\\.UTF-8(@[a-z]+)?", "such as 'de_DE.UTF-8', or 'C.UTF-8'", 32);
    public static readonly SpecType Timezone = Text("time zone", "[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", "a name of the tz database such as 'Europe/Berlin'", 64);
    public static readonly SpecType Keymap = Text("keymap", "[a-z][a-z0-9_-]*(:[a-z0-9_-]+)?", "an XKB layout such as 'de', or with a variant 'de:nodeadkeys'", 64);

    public static readonly SpecType Suite = Text("suite", "[a-z0-9][a-z0-9.+/-]*", "a suite or codename such as 'trixie'", 64);
    public static readonly SpecType ArchiveSuite = Text("suite", "[A-Za-z0-9./][A-Za-z0-9.+/_-]*", "a suite such as 'trixie', or a folder that ends with '/' for a flat archive", 128);
    public static readonly SpecType Uri = Text("URI", "(https?|file|copy):/[^ \\t\\r\\n\"']+", "an http, https, file or copy URI", 512);
    public static readonly SpecType Component = Text("component", "[a-z0-9][a-z0-9./+-]*", "such as 'main'", 64);
    public static readonly SpecType Snapshot = Text("snapshot", "[0-9]{8}T[0-9]{6}Z", "a time of snapshot.debian.org such as '20260101T000000Z'", 16);
    public static readonly SpecType Package = Text("package", "[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?([=/][A-Za-z0-9.+:~-]+)?|\\./[^\\x00-\\x1f,]+\\.deb",
        "a package name, optionally with ':architecture', '=version' or '/suite', or a local file './name.deb'", 256);
    public static readonly SpecType KernelPackage = Text("package", "[a-z0-9][a-z0-9+.-]+([=/][A-Za-z0-9.+:~-]+)?", "a package name; a local file stands among `packages`, its package's name here", 256);
    public static readonly SpecType CommandLine = Text("kernel command line", "([ !#-~]|\"[ !#-~]*\")*", "printable ASCII on one line, double quotes in pairs", 1900);

    public static readonly SpecType Account = Text("account name", "[a-z_][a-z0-9_-]*", "lower-case letters, digits, '_' and '-', beginning with a letter or '_'", 32);
    public static readonly SpecType Uid = new() { Kind = SpecKind.Integer, Label = "user id", Most = 4_294_967_293 };
    public static readonly SpecType PasswordHash = Text("password hash", "\\$[0-9a-z]+\\$[!-9;-~]+|[*!]", "a crypt(5) hash such as '$y$…' (mkpasswd makes one), or '*'", 512);
    public static readonly SpecType SshKey = Text("public key", "([^\\r\\n]* )?(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com) [A-Za-z0-9+/]+=*( [^\\r\\n]*)?",
        "a line of an OpenSSH .pub file such as 'ssh-ed25519 AAAA… you@host'", 16384);
    public static readonly SpecType ImagePath = Text("path", "(/[^/\\x00-\\x1f]+)+", "an absolute path without '/' at the end", 4095);
    public static readonly SpecType FolderPath = Text("path", "/|(/[^/\\x00-\\x1f]+)+", "an absolute path without '/' at the end", 4095);
    public static readonly SpecType AccountPath = Text("path", "(/(?!\\.\\.?(/|$))[^/:\\x00-\\x1f]+)+", "an absolute path without ':', '.' and '..', and no '/' at the end", 4095);
    public static readonly SpecType Comment = Text("comment", "[^:\\r\\n\\x00]*", "text on one line without ':'", 256);
    public static readonly SpecType Unit = Text("unit", "[A-Za-z0-9:_.@\\\\-]+", "a systemd unit such as 'ssh.service'; without a suffix it is a service", 255);

    public static readonly SpecType SourcePath = Text("path", "[^\\x00-\\x1f]+", "a path below the spec's folder", 4095);
    public static readonly SpecType LayerPath = SourcePath with { Label = "layer" };
    public static readonly SpecType Mode = Text("mode", "(0o?)?[0-7]{3,4}", "octal digits such as '0755'", 6);
    public static readonly SpecType Owner = Text("owner", "([a-z_][a-z0-9_-]*|[0-9]+)(:([a-z_][a-z0-9_-]*|[0-9]+))?", "'user' or 'user:group', names or numbers", 70);

    public static readonly SpecType Compression = Text("compression", "zstd(:[0-9]+)?|gzip(:[0-9]+)?|xz(:[0-9]+)?|lz4(:[0-9]+)?|none(:[0-9]+)?", "'zstd:1' to 'zstd:22', 'gzip:1' to 'gzip:9', 'xz', 'lz4' or 'none'", 16);
    public static readonly SpecType UpperSize = Text("size", "([1-9][0-9]?|100)%|[1-9][0-9]{0,11}[KMGT]?", "a share of the memory such as '50%', or a size such as '256M'", 13);
    public static readonly SpecType Size = Text("size", "[1-9][0-9]{0,11}[KMGT]?", "a size such as '200M'; K, M, G and T are powers of 1024", 13);
    public static readonly SpecType Duration = Text("time", "[1-9][0-9]{0,6}(ms|s|m)", "a time such as '60s', '500ms' or '2m'", 9);
    public static readonly SpecType LongDuration = Text("time", "[1-9][0-9]{0,6}(s|m|h|d)", "a time such as '300s', '10m', '12h' or '1d'", 8);
    public static readonly SpecType Repository = Text("repository", "(https?|oci(\\+http)?)://[^ \\t\\r\\n\"'\\x00]+|(/[^/\\x00-\\x1f]+)+",
        "https://… or http://… for a layout on a web server, oci://HOST/NAME (oci+http:// without TLS) for a registry, or a folder on the device", 1024);
    public static readonly SpecType WebAddress = Text("address", "https?://[^ \\t\\r\\n\"'\\x00]+", "an http or https address", 1024);
    public static readonly SpecType Channel = Text("channel", "[a-z0-9][a-z0-9._-]*", "lower-case letters, digits, '.', '_' and '-'", 64);
    public static readonly SpecType Board = Text("board", "[A-Za-z0-9][A-Za-z0-9.,+:_-]*", "letters, digits, '.', ',', '+', ':', '_' and '-'", 64);
    public static readonly SpecType UpdateKey = Text("key", "RW[A-Za-z0-9+/]{54}|[^\\x00-\\x1f]+", "a minisign public key: its file below the spec's folder, or its line 'RW…'", 4095);
    public static readonly SpecType DayWindow = Text("window", "([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]", "two times of the day such as '01:00-05:00'", 11);
    public static readonly SpecType MenuPasswordHash = Text("password hash", "grub\\.pbkdf2\\.sha512\\.[1-9][0-9]{0,6}\\.([0-9A-Fa-f]{2})+\\.[0-9A-Fa-f]{128}", "a hash as grub-mkpasswd-pbkdf2 prints it, 'grub.pbkdf2.sha512.…'", 1024);
    public static readonly SpecType Module = Text("module", "[A-Za-z0-9_-]+", "a kernel module's name", 64);

    public static SpecType Text(string label, string pattern, string form, int most) =>
        new() { Kind = SpecKind.Text, Label = label, Pattern = pattern, Form = form, Most = most };

    public static SpecType OneOf(string label, params string[] values) => new() { Kind = SpecKind.Text, Label = label, Values = values };

    public static SpecType ListOf(SpecType item, bool unique = true, int least = 0) =>
        new() { Kind = SpecKind.List, Label = $"list of {item.Label}s", Item = item, Unique = unique, Least = least };

    public static SpecType Map(string label, params SpecKey[] keys) => new() { Kind = SpecKind.Map, Label = label, Keys = keys };
}
