using System.Text;

namespace ImageBuilder.Qemu.Guests;

/// <summary>
/// A root shell for <c>run</c> that no image carries: the hypervisor hands systemd a unit as a credential in the SMBIOS tables
/// (type 11, OEM strings; systemd.system-credentials(7), <c>systemd.extra-unit.*</c> and <c>systemd.unit-dropin.*</c>, systemd 256
/// or later), and the unit serves commands on a virtio-serial port. On any other machine there is neither.
/// </summary>
/// <remarks>
/// The protocol is lines: the unit says <c>ib-agent BOOT_ID</c> once; each request is the base64 of a command for /bin/sh, each
/// answer the base64 of what it wrote, a line feed and its exit code in decimal.
/// </remarks>
public static class GuestAgentUnit
{
    /// <summary>The name of the virtio-serial port.</summary>
    public const string PortName = "org.imagebuilder.test";

    /// <summary>What the first line begins with.</summary>
    public const string Greeting = "ib-agent ";

    private const string UnitName = "imagebuilder-test-channel.service";

    // Only sh and coreutils. The port is found by its name in sysfs, not by udev's link, which small images lack; a driver that
    // is not there yet is what Restart= is for.
    private const string Unit = $$"""
        [Unit]
        Description=imagebuilder test channel
        DefaultDependencies=no
        After=sysinit.target
        StartLimitIntervalSec=0

        [Service]
        Restart=always
        RestartSec=500ms
        Environment=HOME=/root
        ExecStart=/bin/sh -c 'for d in /sys/class/virtio-ports/*; do \
          read -r name < $d/name && [ "$name" = {{PortName}} ] && port=/dev/$${d##*/}; done; \
          [ "$port" ] || exit 1; exec <>$port >&0; \
          echo "{{Greeting}}$(cat /proc/sys/kernel/random/boot_id)"; \
          while IFS= read -r line; do \
            (/bin/sh -c "$(printf %%s "$line" | base64 -d)" </dev/null 2>&1; printf "\\n%%d" $?) | base64 -w0; echo; \
          done'

        """;

    private const string DropIn = $"""
        [Unit]
        Wants={UnitName}

        """;

    /// <summary>The OEM strings that carry the unit and what pulls it in.</summary>
    public static IReadOnlyList<string> SmbiosStrings { get; } =
    [
        $"io.systemd.credential.binary:systemd.extra-unit.{UnitName}={Base64(Unit)}",
        $"io.systemd.credential.binary:systemd.unit-dropin.basic.target~imagebuilder={Base64(DropIn)}",
    ];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
