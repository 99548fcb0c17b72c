using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Repositories;
using ImageBuilder.Agent.Updates;
using ImageBuilder.Update.Channels;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent check`: whether there is an update.</summary>
internal static class CheckVerb
{
    internal static readonly Option From = new("--from", "SOURCE", "instead of the image's repository: http(s)://…, oci://HOST/NAME, a folder, a tar");
    internal static readonly Option Channel = new("--channel", "NAME", "a channel instead of the image's");
    internal static readonly Option CaFile = new("--ca-file", "FILE", "certificates (PEM) of the only authorities that https is believed from");
    internal static readonly Option Attempts = new("--attempts", "N", "give up after N requests in a row that failed (8)");

    public static Verb Create() => new("check", "Asks the repository whether there is an update. Installs nothing.", """
        The channel document must be signed by a key that the image trusts (or one that an accepted document has named since), be no older than
        the newest that was seen here, and not have expired; the stack must be for this board, and of no earlier security epoch. In JSON
        "verdict" is "available", "up-to-date", "installed" (tried at the next start, or in the other slot), "waiting" (rolled out to others
        first) or "quarantined" (it has failed here).
        Written: the accepted document, to /ib/channels of the data partition, and its time, to the state record: an older one is not believed
        afterwards, and the clock never counts as earlier.
        """, Run)
    { Options = [From, Channel, CaFile, Attempts] };

    /// <summary>Opens a session as the options say.</summary>
    /// <exception cref="UsageException">The number of attempts is none.</exception>
    internal static UpdateSession Open(Call call, Interruption interruption, long rate = 0)
    {
        var progress = call.Console.Progress();
        var options = new RepositoryOptions { Rate = rate, Note = progress.Note, CaFile = call.Value(CaFile.Name) };
        if (call.Value(Attempts.Name) is { } text)
            options = options with { Backoff = new Backoff { Attempts = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var attempts) && attempts > 0 ? attempts : throw new UsageException($"{Attempts.Name} {text}: expected a number from 1") } };
        return UpdateSession.Open(call.OpenDevice(), call.Value(From.Name), call.Value(Channel.Name), options, progress, interruption.Token);
    }

    /// <summary>The members of an offer.</summary>
    internal static void Write(Utf8JsonWriter json, Offer offer)
    {
        json.WriteString("channel", offer.Document.Channel);
        json.WriteNumber("sequence", offer.Document.Sequence);
        json.WriteString("created", UtcTime.Format(offer.Document.Created));
        json.WriteString("expires", UtcTime.Format(offer.Document.Expires));
        json.WriteNumber("rollout", offer.Document.Rollout);
        json.WriteString("stack", offer.Document.Stack.ToString());
        if (offer.Stack is { } stack)
        {
            json.WriteString("name", stack.Name);
            json.WriteString("version", stack.Version);
        }
        json.WriteString("verdict", NameOf(offer.Verdict));
        json.WriteString("why", offer.Why);
    }

    private static int Run(Call call)
    {
        using var interruption = new Interruption();
        using var session = Open(call, interruption);
        var offer = UpdateCheck.Look(session);
        using var factory = FactoryStack.TryOpen(session.Device, out _);
        var plan = offer.Verdict is Verdict.Available or Verdict.Waiting ? InstallPlan.Make(session, offer, factory) : null;
        session.Progress.End();
        call.Console.Result(() => Text(offer, plan), json =>
        {
            Write(json, offer);
            if (plan is not null)
                json.WriteNumber("download", plan.Download);
        });
        return ExitCode.Done;
    }

    private static string Text(Offer offer, InstallPlan? plan)
    {
        var text = new StringBuilder($"channel '{offer.Document.Channel}' offers {offer.Name}: {offer.Why}\n");
        if (plan is not null)
            text.Append($"{Size.Text(plan.Download)} to download\n");
        return text.ToString();
    }

    private static string NameOf(Verdict verdict) => verdict switch
    {
        Verdict.UpToDate => "up-to-date",
        Verdict.Installed => "installed",
        Verdict.Waiting => "waiting",
        Verdict.Quarantined => "quarantined",
        _ => "available",
    };
}
