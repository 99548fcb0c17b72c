using System.Text;
using System.Text.RegularExpressions;

namespace ImageBuilder.EndToEnd.Tests.Recipes;

/// <summary>
/// Every recipe of docs/recipes.md: built, looked into, and booted where a boot shows more; those that go together in one image (<see cref="RecipesTogether"/>).
/// </summary>
public sealed class RecipeTests(RecipesTogether together) : IClassFixture<RecipesTogether>, IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void There_are_ten_and_the_README_lists_each_by_its_heading()
    {
        var readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Program.Path))!, "README.md"));
        Assert.Equal(10, Recipe.All.Count);
        foreach (var recipe in Recipe.All)
        {
            Assert.Contains($"docs/recipes.md#{Anchor(recipe.Title)})", readme);
            Assert.Contains(recipe.Commands, command => command.Contains("imagebuilder ", StringComparison.Ordinal) && command.Contains(recipe.Spec, StringComparison.Ordinal));
        }
        // GitHub's rule for anchors: lower case, blanks as hyphens, punctuation left out.
        static string Anchor(string title) => new([.. title.ToLowerInvariant().Where(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-').Select(c => c == ' ' ? '-' : c)]);
    }

    [Fact]
    public void Each_is_right_as_it_stands()
    {
        foreach (var recipe in Recipe.All)
        {
            recipe.SaveTo(folder);
            var result = Program.Run(folder.Path, "validate", recipe.Spec);
            Assert.True(result.ExitCode == 0, result.ToString());
        }
    }

    [ToolFact("mmdebstrap", "xorriso", "unsquashfs")]
    public void A_package_is_installed_with_what_it_depends_on()
    {
        var layer = Layer(together.Iso);
        Assert.Matches("-rwxr-xr-x 0/0 .* usr/bin/jq\n", Listing(layer));
        Assert.Contains("libjq1", Tool.Run("unsquashfs", "-cat", layer, "var/lib/dpkg/status"));
    }

    [ToolFact("mmdebstrap", "xorriso", "unsquashfs")]
    public void Files_come_by_content_folder_and_template_with_owner_and_mode()
    {
        var layer = Layer(Build("file.yaml"));
        Assert.Equal("This is file 2.5.0.\n", Tool.Run("unsquashfs", "-cat", layer, "etc/motd"));
        Assert.Equal(Recipe.Of("file.yaml").Files["site/index.html"], Tool.Run("unsquashfs", "-cat", layer, "srv/site/index.html"));
        Assert.Equal("[site]\nroot = /srv/site\nport = 9090\nversion = 2.5.0\n", Tool.Run("unsquashfs", "-cat", layer, "etc/site.conf"));
        Assert.Matches("-rw-r----- 0/0 .* etc/site.conf\n", Listing(layer));
        Assert.Matches("-rw-r--r-- 33/33 .* srv/site/index.html\n", Listing(layer));
    }

    [ToolFact("mmdebstrap", "xorriso", "unsquashfs")]
    public void Firmware_from_non_free_firmware_is_where_the_kernel_looks_for_it() =>
        Assert.Matches(@"usr/lib/firmware/rtl_nic/rtl8168\S*\.fw", Listing(Layer(together.Iso)));

    [ToolFact("mmdebstrap", "qemu-system-x86_64")]
    public void A_kiosk_shows_its_program_without_a_login_and_again_when_it_ends() => Boot("kiosk.yaml", """
          - boot: {firmware: direct, media: disk}
          - expect: Welcome. Press Enter
            timeout: 400
          - send: ""
          - expect: It is \d\d:\d\d:\d\d\.
            timeout: 60
          - send: "\x04"
            enter: false
          - expect: Welcome. Press Enter
            timeout: 120
        """);

    [ToolFact("mmdebstrap", "qemu-system-x86_64")]
    public void A_written_stick_has_the_serial_console_a_user_who_becomes_root_a_running_service_and_the_layout_of_the_keyboard()
    {
        var iso = together.Iso;
        var written = Recipe.Of("stick.yaml").Commands.Single(command => command.EndsWith(" /dev/sdb", StringComparison.Ordinal));
        Assert.Equal($"sudo imagebuilder write out/{Path.GetFileName(iso).Replace(RecipesTogether.Name, "stick", StringComparison.Ordinal)} /dev/sdb", written);
        // A file stands for the stick; it is larger than the image, as sticks are.
        Tool.Run("truncate", "-s", "1G", folder["stick.img"]);
        var write = Program.Run(folder.Path, "write", iso, "stick.img", "--force", "--yes");
        Assert.True(write.ExitCode == 0, write.ToString());
        Scenario("stick.img", """
              - boot: {firmware: bios, media: usb}
              - expect: GNU GRUB
                timeout: 120
              - expect: printk.*console \[ttyS0\] enabled
                timeout: 200
              - login: {user: ada, password: correct-horse}
                timeout: 400
              - send: sudo -k id
              - expect: "password for ada"
                timeout: 60
              - send: correct-horse
              - expect: uid=0\(root\)
                timeout: 60
              - run: stty -F /dev/ttyS0 speed
                output: ^115200$
              - run: cat /home/ada/.ssh/authorized_keys
                output: ^ssh-ed25519 .* ada@example$
              - run: systemctl is-active beat && sleep 3 && cat /run/beat
                output: ^active\n.*20\d\d
              - run: systemctl is-enabled apt-daily.timer
                exit: 1
                output: disabled
              - run: systemctl is-system-running --wait; dumpkeys --keys-only | grep -E '^keycode +(21|44) ='
                timeout: 200
                output: (?s)keycode +21 = \+?z .*keycode +44 = \+?y
              - run: cat /etc/default/keyboard
                output: XKBLAYOUT="de"
              - send: exit
              - login: {user: root, password: live}
                timeout: 60
            """);
    }

    [ToolFact("mmdebstrap", "qemu-system-x86_64")]
    public void A_boot_that_fails_says_why_and_its_remedy_helps()
    {
        var recipe = Recipe.Of("broken.yaml");
        Assert.Equal(4, recipe.Output.Count);
        var expected = string.Concat(recipe.Output.Select(line => $"  - expect: '{Regex.Escape(line.Trim()).Replace("…", "[0-9a-f]{32}", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'\n    timeout: 200\n"));
        Boot("broken.yaml", "  - boot: {firmware: direct, media: usb}\n" + expected + """
              - send: modules
              - expect: virtio_blk
                timeout: 30
              - send: dmesg
              - expect: Linux version
                timeout: 60
            """);
        var remedy = recipe.Commands.Single(command => command.StartsWith("sed ", StringComparison.Ordinal));
        Tool.Run("sh", "-c", $"cd {folder.Path} && {remedy}");
        Assert.Contains("drivers: generic", File.ReadAllText(folder["broken.yaml"]));
        Scenario("broken.yaml", """
              - boot: {firmware: direct, media: usb}
              - run: findmnt -no FSTYPE /
                timeout: 400
                output: ^overlay$
            """);
    }

    /// <summary>Saves a recipe's files as it says; only the compressor is the fastest, which a recipe's subject never is.</summary>
    private Recipe Save(string spec)
    {
        var recipe = Recipe.Of(spec);
        recipe.SaveTo(folder);
        File.AppendAllText(folder[spec], "compression: lz4\n");
        return recipe;
    }

    /// <summary>Runs a recipe's build command; the image's path.</summary>
    private string Build(string spec)
    {
        var command = Save(spec).Commands.First(line => line.StartsWith("imagebuilder build ", StringComparison.Ordinal));
        var result = Program.Run(folder.Path, [.. command.Split(' ').Skip(1), "--progress", "plain"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result.Image;
    }

    /// <summary>Boots a recipe's spec.</summary>
    private void Boot(string spec, string steps)
    {
        Save(spec);
        Scenario(spec, steps);
    }

    private void Scenario(string image, string steps)
    {
        File.WriteAllText(folder["scenario.yaml"], $"name: {image}\nimage: {image}\nsteps:\n{steps}\n", new UTF8Encoding(false));
        var result = Program.Run(folder.Path, "test", "scenario.yaml");
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    private string Layer(string iso)
    {
        Tool.Run("xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/live/root.squashfs", folder["layer"]);
        return folder["layer"];
    }

    private static string Listing(string layer) => Tool.Run("unsquashfs", "-d", "", "-lln", layer).Replace(" /", " ", StringComparison.Ordinal);
}
