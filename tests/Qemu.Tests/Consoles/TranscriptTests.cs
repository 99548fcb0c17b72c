using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Qemu.Consoles;

namespace ImageBuilder.Qemu.Tests.Consoles;

public sealed class TranscriptTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(30);
    private readonly Transcript _transcript = new();

    [Fact]
    public async Task Text_that_is_there_already_is_found()
    {
        Say("login: ");
        Assert.Equal("login", (await Expect("log..", Short)).Value);
    }

    [Fact]
    public async Task Text_that_comes_later_in_pieces_is_found()
    {
        var expected = Expect("login: $", Ample);
        Say("log");
        Say("in");
        Assert.False(expected.IsCompleted);
        Say(": ");
        Assert.True((await expected).Success);
    }

    [Fact]
    public async Task Each_expectation_begins_after_the_match_before()
    {
        Say("one two one");
        await Expect("one", Short);
        await Expect("one", Short);
        var error = await Assert.ThrowsAsync<QemuException>(() => Expect("one", Short));
        Assert.Equal("IB6301", error.Id);
        Assert.Equal("/one/ did not appear on the console within 0.1 s", error.Message);
    }

    [Fact]
    public async Task Text_of_the_boot_before_is_not_found()
    {
        Say("login: ");
        _transcript.BeginBoot();
        await Assert.ThrowsAsync<QemuException>(() => Expect("login", Short));
        Assert.Equal("", _transcript.TextOfThisBoot);
        Assert.Equal("login: ", _transcript.Text);
    }

    [Fact]
    public async Task A_console_that_closes_ends_the_wait()
    {
        var expected = Expect("login", Ample);
        _transcript.End();
        Assert.Equal("IB6302", (await Assert.ThrowsAsync<QemuException>(() => expected)).Id);
    }

    [Fact]
    public async Task Text_before_the_console_closed_is_still_found()
    {
        Say("last words");
        _transcript.End();
        await Expect("last words", Short);
    }

    [Fact]
    public async Task Cancelling_is_not_a_timeout()
    {
        using var cancellation = new CancellationTokenSource();
        var expected = _transcript.ExpectAsync(new Regex("x"), Ample, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => expected);
    }

    [Fact]
    public void The_last_lines_leave_out_empty_ones()
    {
        Say("one\r\n\r\ntwo  \r\nthree\r\n");
        Assert.Equal(["two", "three"], _transcript.LastLines(2));
    }

    private void Say(string text) => _transcript.Append(Encoding.UTF8.GetBytes(text));

    private Task<Match> Expect(string pattern, TimeSpan timeout) => _transcript.ExpectAsync(new Regex(pattern), timeout);
}
