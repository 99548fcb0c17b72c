using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Layers;

/// <summary>`hostname`, `locale`, `timezone`, `keymap`: the files that set them.</summary>
internal static class SystemSettings
{
    public static void Apply(BuildPlan plan, Tree tree, long time)
    {
        Put("/etc/hostname", plan.Hostname + "\n");
        Put("/etc/hosts", $"127.0.0.1\tlocalhost\n127.0.1.1\t{plan.Hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");

        CheckLocale(plan.Locale, tree);
        Put("/etc/locale.conf", $"LANG={plan.Locale}\n"); // systemd, locale.conf(5)
        Put("/etc/default/locale", $"LANG={plan.Locale}\n"); // Debian's PAM

        var zone = plan.Timezone == "UTC" ? "Etc/UTC" : plan.Timezone;
        if (plan.Timezone != "UTC" && tree.Resolve("/usr/share/zoneinfo/" + zone) is not { Kind: NodeKind.File })
            throw new ImageException(ImageErrorKind.Spec, "IB4020", $"timezone: '{plan.Timezone}' is not in the image's /usr/share/zoneinfo; expected a name such as Europe/Berlin");
        var link = Node.Symlink("/usr/share/zoneinfo/" + zone);
        link.ModifiedTime = time;
        tree.Put("/etc/localtime", link);
        Put("/etc/timezone", zone + "\n");

        if (plan.Keymap is not null)
        {
            Put("/etc/default/keyboard", KeyboardFile.Text(plan.Keymap)); // keyboard(5)
            Put("/etc/vconsole.conf", $"KEYMAP={plan.Keymap.Split(':')[0]}\nXKBLAYOUT={plan.Keymap.Split(':')[0]}\n"); // vconsole.conf(5)
        }

        void Put(string path, string text)
        {
            var node = Node.File(text);
            node.ModifiedTime = time;
            tree.Put(path, node);
        }
    }

    private static void CheckLocale(string locale, Tree tree)
    {
        if (locale is "C" or "POSIX" or "C.UTF-8")
            return;
        // Where glibc keeps compiled locales: one archive, or a folder per locale. Debian's locales package makes the archive.
        if (tree.Resolve("/usr/lib/locale/locale-archive") is null && tree.Resolve($"/usr/lib/locale/{locale}") is null)
            throw new ImageException(ImageErrorKind.Spec, "IB4021", $"locale: '{locale}' was not made in the image; expected a name of /usr/share/i18n/SUPPORTED, such as de_DE.UTF-8");
    }
}
