using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Updates;
using ImageBuilder.Formats;
using ImageBuilder.Update;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent daemon`: looks for updates by itself.</summary>
internal static class DaemonVerb
{
    private static readonly Option Now = new("--now", null, "look at once, not after a part of the interval");

    public static Verb Create() => new("daemon", "Looks for updates again and again, and installs them as the image says. For systemd.", """
        What the image says (`update:` in its spec): `interval` between two looks, of which a part is left to chance; `window`, the part of the
        day in which it installs and restarts; `rate`, bytes a second at most; `automatic: false`, only to look and tell. A look that fails is
        repeated after a minute, then after twice as long each time. What has failed here, or is rolled out to others first, is waited for.
        Errors are told in the journal and end nothing; without a repository or keys in the image it says so and ends.
        imageagent-update.service runs it (Type=notify): systemctl status shows what it does.
        """, Run)
    { Options = [Now] };

    private static int Run(Call call)
    {
        using var interruption = new Interruption();
        using var manager = ServiceManager.Create();
        manager.Ready();
        UpdateSettings settings;
        try
        {
            settings = UpdateSession.SettingsOf(call.OpenDevice());
        }
        catch (ImageException error) when (error.Kind == ImageErrorKind.Unsupported)
        {
            call.Console.Note(error.Message); // a service that has nothing to do has not failed
            return ExitCode.Done;
        }
        if (settings.Url.Length == 0)
        {
            call.Console.Note("the image names no repository: nothing to look at");
            return ExitCode.Done;
        }
        return new UpdateDaemon(call, settings, manager, interruption.Token).Run(call.Has(Now.Name));
    }
}
