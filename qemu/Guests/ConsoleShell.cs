using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ImageBuilder.Qemu.Consoles;

namespace ImageBuilder.Qemu.Guests;

/// <summary>Logs in on the serial console and runs commands in the shell that is there.</summary>
public sealed class ConsoleShell(IConsole console) : IGuestShell
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(5);

    // A prompt is the last thing on the console, unless the kernel has said something since.
    private const string Waiting = @" ?(?=$|\[ *\d+\.\d+\])";

    // getty asks while services still start: systemd writes its progress over the prompt, "[  *** ] Job …" or "[  OK  ] Started …".
    private const string Asking = @" ?(?=$|\s*\[)";
    private static readonly Regex LoginPrompt = New($@"\blogin:{Asking}");
    private static readonly Regex PasswordOrShell = New($@"(?<password>[Pp]assword:{Asking})|(?<wrong>Login incorrect)|(?<shell>[#$%>]{Waiting})");
    private static readonly Regex WrongOrShell = New($@"(?<wrong>Login incorrect)|(?<shell>[#$%>]{Waiting})");

    // A terminal line longer than this is cut by the guest's line discipline (N_TTY_BUF_SIZE, 4096).
    private const int LongestLine = 4000;

    /// <summary>Waits for the prompt, logs in and checks that a shell answers. IB6303 when the login is refused.</summary>
    public async Task LoginAsync(string user, string? password, TimeSpan timeout, CancellationToken cancellation = default)
    {
        await console.Transcript.ExpectAsync(LoginPrompt, timeout, cancellation);
        await console.SendAsync(user + "\r", cancellation);
        var next = await console.Transcript.ExpectAsync(PasswordOrShell, timeout, cancellation);
        if (next.Groups["password"].Success)
        {
            if (password is null)
                throw new QemuException("IB6303", $"the console asks for a password of '{user}' and the step gives none");
            await console.SendAsync(password + "\r", cancellation);
            next = await console.Transcript.ExpectAsync(WrongOrShell, timeout, cancellation);
        }
        if (next.Groups["wrong"].Success)
            throw new QemuException("IB6303", $"the console refused the login of '{user}'");
        var (code, _) = await RunAsync("true", timeout, cancellation);
        if (code != 0)
            throw new QemuException("IB6303", $"'{user}' logged in but has no working shell: 'true' ended with {code}");
    }

    /// <inheritdoc/>
    public async Task<CommandResult> RunAsync(string command, TimeSpan timeout, CancellationToken cancellation = default)
    {
        // A mark that no output holds by chance.
        var mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(command));
        // The quotes keep the echo of this line from looking like what it prints.
        var line = $"echo ib-be''gin-{mark}; sh -c \"$(echo {base64} | base64 -d)\" </dev/null 2>&1; echo ib-e''nd-{mark}-$?";
        if (line.Length > LongestLine)
            throw new QemuException("IB6306", $"the command is too long for the console: {line.Length} characters of {LongestLine}; put it into the image as a script");
        await console.SendAsync(line + "\r", cancellation);
        try
        {
            var match = await console.Transcript.ExpectAsync(New($@"ib-begin-{mark}\n(?<output>[\s\S]*?)\n?ib-end-{mark}-(?<code>\d+)\n"), timeout, cancellation);
            return new CommandResult(int.Parse(match.Groups["code"].ValueSpan), match.Groups["output"].Value);
        }
        catch (QemuException e) when (e.Id == "IB6301")
        {
            throw new QemuException("IB6304", $"the command did not end within {timeout.TotalSeconds:0.#} s", e);
        }
    }

    /// <summary>Types a command whose end is not awaited, such as a reboot.</summary>
    internal Task TypeAsync(string command, CancellationToken cancellation) => console.SendAsync(command + "\r", cancellation);

    private static Regex New(string pattern) => new(pattern, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, MatchLimit);
}
