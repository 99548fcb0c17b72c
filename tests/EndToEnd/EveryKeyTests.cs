using System.Text.Json;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>The spec's keys that change the root file system, all in one real image; an ordinary user's `verify` finds what root has built.</summary>
public sealed class EveryKeyTests
{
    private const string User = "ib-test-user";

    private const string Spec = """
        schema: 1
        name: sink
        version: "2"
        base: { debian: { suite: trixie, components: [main, non-free-firmware] } }
        packages: [systemd-sysv, udev, openssh-server, sudo]
        kernel: { package: linux-image-cloud-amd64 }
        hostname: kitchen
        locale: de_DE.UTF-8
        timezone: Europe/Berlin
        keymap: de
        users:
          - { name: ada, groups: [sudo], password: secret, sshKeys: ["ssh-ed25519 AAAAC3Nz ada@example"], autologin: true }
        services: { enable: [hello], disable: [apt-daily.timer] }
        files:
          - { path: /etc/motd, content: "Hello from {{name}} {{version}}\n" }
          - { path: /etc/systemd/system/hello.service, template: hello.service.hbs }
          - { path: /opt/app, source: ./app, owner: "ada:ada" }
        scripts:
          - { run: "test ! -e /opt/app; echo base > /base-ran", stage: base }
          - { run: "id ada; stat -c '%U %n' /opt/app/run > /final-ran; chown daemon /opt/app/run" }
        drivers: virtio
        compression: lz4
        keep: [kernel]
        upper: { kind: persistent }
        outputs: [iso, disk]
        """;

    [RootFact("mmdebstrap", "useradd", "userdel", "runuser", "unsquashfs", "xorriso", "sha256sum")]
    public void Every_key_is_in_the_image_and_an_ordinary_user_builds_the_same_bytes_and_evidence_from_roots_lock()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["app"]);
        File.WriteAllText(folder["sink.yaml"], Spec);
        File.WriteAllText(folder["app/run"], "#!/bin/sh\n");
        File.WriteAllText(folder["hello.service.hbs"], "[Unit]\nDescription={{name}}\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n");
        Tool.Run("chmod", "-R", "a+rX", folder.Path);

        var asRoot = Program.Run(folder.Path, "build", "sink.yaml", "--lock", "--refresh", "--output-dir", "root", "--progress", "plain");
        Assert.True(asRoot.ExitCode == 0, asRoot.ToString());
        var iso = asRoot.Image;
        Tool.Run("xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/live/root.squashfs", folder["layer"]);
        CheckLayer(folder["layer"]);
        EvidenceJudge.Check(asRoot.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), folder["layer"]);
        Assert.Equal(PlanIn(Program.Run(folder.Path, "summary", "sink.yaml", "--json").Output), PlanIn(File.ReadAllText(Directory.GetFiles(folder["root"], "*.manifest.json").Single())));

        Tool.TryRun("userdel", "--remove", User);
        Tool.Run("useradd", "--create-home", User);
        try
        {
            Directory.CreateDirectory(folder["user"]);
            Tool.Run("chown", User, folder["user"]);
            var (code, output, error) = Tool.TryRun("runuser", "-u", User, "--", "env", $"HOME={folder["user"]}", "XDG_CACHE_HOME=" + folder["user/cache"], Program.Path,
                "verify", folder["sink.yaml"], "--locked", "--against", folder["root"], "--output-dir", folder["user/out"], "--progress", "plain");
            Assert.True(code == 0, output + error);
            Assert.DoesNotContain("reused", error);
            Assert.Equal(
                new DirectoryInfo(folder["root"]).EnumerateFiles().Where(file => file.Name != "SHA256SUMS").OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"identical  {Tool.Run("sha256sum", file.FullName)[..64]}  {file.Name}"),
                output.Split('\n', StringSplitOptions.RemoveEmptyEntries).OrderBy(line => line[(line.LastIndexOf(' ') + 1)..], StringComparer.Ordinal));
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder["user/out"]));
        }
        finally
        {
            Tool.TryRun("userdel", "--remove", User);
        }
        CheckLock(folder);
    }

    private static string PlanIn(string json) => JsonDocument.Parse(json).RootElement.GetProperty("plan").GetString()!;

    private static void CheckLock(TempFolder folder)
    {
        var text = File.ReadAllText(folder["sink.lock"]);
        File.WriteAllText(folder["sink.lock"], System.Text.RegularExpressions.Regex.Replace(text, "(\"name\":\"(?:sudo|udev)\",\"version\":\")[^\"]+", "${1}1-gone"));
        var gone = Program.Run(folder.Path, "build", "sink.yaml", "--locked", "--output-dir", "gone", "--progress", "plain");
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("IB5310", gone.Error);
        Assert.Contains("the archives no longer have sudo 1-gone (amd64), udev 1-gone (amd64); ", gone.Error);

        File.WriteAllText(folder["sink.lock"], text);
        File.WriteAllText(folder["sink.yaml"], Spec.Replace("sudo]\n", "sudo, nano]\n", StringComparison.Ordinal));
        var changed = Program.Run(folder.Path, "build", "sink.yaml", "--locked", "--output-dir", "gone", "--progress", "plain");
        Assert.Equal(2, changed.ExitCode);
        Assert.Contains("IB5311", changed.Error);
        Assert.Contains("+ package nano", changed.Error);
        Assert.Equal(text, File.ReadAllText(folder["sink.lock"]));
    }

    private static void CheckLayer(string layer)
    {
        string Cat(string path) => Tool.Run("unsquashfs", "-cat", layer, path);
        var listing = Tool.Run("unsquashfs", "-lln", layer);
        Assert.Equal("Hello from sink 2\n", Cat("etc/motd"));
        Assert.Equal("kitchen\n", Cat("etc/hostname"));
        Assert.Equal("LANG=de_DE.UTF-8\n", Cat("etc/locale.conf"));
        Assert.Contains("locale-archive", listing);
        Assert.Contains("etc/localtime -> /usr/share/zoneinfo/Europe/Berlin", listing);
        Assert.Contains("XKBLAYOUT=\"de\"", Cat("etc/default/keyboard"));
        Assert.Matches("ada:\\$6\\$", Cat("etc/shadow"));
        Assert.Contains("--autologin ada", Cat("etc/systemd/system/serial-getty@.service.d/autologin.conf"));
        Assert.Equal("ssh-ed25519 AAAAC3Nz ada@example\n", Cat("home/ada/.ssh/authorized_keys"));
        Assert.Contains("multi-user.target.wants/hello.service -> /etc/systemd/system/hello.service", listing);
        Assert.DoesNotContain("etc/systemd/system/timers.target.wants/apt-daily.timer", listing);
        Assert.DoesNotContain("ssh_host_ed25519", listing);
        Assert.Contains("multi-user.target.wants/imagebuilder-ssh-host-keys.service", listing);
        Assert.Equal("base\n", Cat("base-ran"));
        Assert.Equal("ada /opt/app/run\n", Cat("final-ran"));
        Assert.Matches(@"-rw-r--r-- 1/1000 +10 .*opt/app/run", listing);
        Assert.Matches("boot/vmlinuz-6", listing);
    }
}
