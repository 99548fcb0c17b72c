using ImageBuilder.Agent.Arguments;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent status`: what runs, what it keeps, and how full that is.</summary>
internal static class StatusVerb
{
    private static readonly Option Changes = new("--changes", null, "also count what has changed against the layers; takes as long as reading what has");

    public static Verb Create() => new("status", "Tells what runs here, what of it is kept, and how full that is.", """
        Sizes in JSON are bytes, times UTC. "limit" 0 is no limit of its own.
        Read: /run/imagebuilder/boot.json (how this system was started), /run/imagebuilder/notice (what the boot program has to say),
        /usr/lib/imagebuilder/image.json of the layers (what the image asks for), the state record in the partition ib-state
        or the files /ib/state.* of the data partition, which is mounted at /run/ib/data.
        """, Run)
    { Options = [Changes] };

    private static int Run(Call call)
    {
        var device = call.OpenDevice();
        var status = SystemStatus.Read(device);
        var changes = call.Has(Changes.Name) ? device.FindChanges() : null;
        call.Console.Result(() => StatusText.Of(status, changes), json => StatusJson.Write(json, status, changes));
        return ExitCode.Done;
    }
}
