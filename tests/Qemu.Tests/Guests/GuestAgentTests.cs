using System.Text;
using ImageBuilder.Qemu.Guests;

namespace ImageBuilder.Qemu.Tests.Guests;

public sealed class GuestAgentTests
{
    [Theory]
    [InlineData("hello\n\n0", 0, "hello\n")]
    [InlineData("\n3", 3, "")]
    [InlineData("a\nb\n255", 255, "a\nb")]
    public void An_answer_is_output_and_exit_code(string answer, int exitCode, string output) =>
        Assert.Equal(new CommandResult(exitCode, output), GuestAgent.ParseAnswer(Convert.ToBase64String(Encoding.UTF8.GetBytes(answer))));

    [Theory]
    [InlineData("not base64!")]
    [InlineData("")]
    [InlineData("aGVsbG8=")]                                                // "hello": no exit code
    public void Anything_else_is_refused(string line) => Assert.Equal("IB6305", Assert.Throws<QemuException>(() => GuestAgent.ParseAnswer(line)).Id);

    [Fact]
    public void The_unit_fits_into_the_firmware_tables()
    {
        // One structure with all strings; SMBIOS 2 tables have at most 65,535 bytes in all.
        Assert.True(GuestAgentUnit.SmbiosStrings.Sum(text => text.Length + 1) < 8192);
        Assert.All(GuestAgentUnit.SmbiosStrings, text => Assert.StartsWith("io.systemd.credential.binary:systemd.", text));
    }

    [ToolFact("systemd-analyze")]
    public void The_unit_is_one_that_systemd_accepts()
    {
        using var folder = new TempFolder();
        var credential = GuestAgentUnit.SmbiosStrings[0];
        var unit = folder[credential[(credential.IndexOf("extra-unit.", StringComparison.Ordinal) + "extra-unit.".Length)..credential.IndexOf('=')]];
        File.WriteAllBytes(unit, Convert.FromBase64String(credential[(credential.IndexOf('=') + 1)..]));
        var (exitCode, _, error) = Tool.TryRun("systemd-analyze", "verify", "--man=no", unit);
        Assert.True(exitCode == 0, error);
        Assert.DoesNotContain(Path.GetFileName(unit), error);
    }
}
