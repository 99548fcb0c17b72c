using ImageBuilder.Agent.Arguments;
using ImageBuilder.Agent.Health;

namespace ImageBuilder.Agent.Verbs;

/// <summary>`imageagent report`: posts results that wait.</summary>
internal static class ReportVerb
{
    public static Verb Create() => new("report", "Posts the results of updates that wait to be posted.", """
        To the image's `update: { report: URL }`, as JSON: event (installed, committed or failed, with the reason), name, version, stack, and
        a hash of the machine-id that tells machines apart. imageagent-report.timer runs it every quarter of an hour while something waits.
        Written: /ib/reports of the data partition, 32 results at most.
        """, Run);

    private static int Run(Call call)
    {
        var sent = Reports.Send(call.OpenDevice(), ReportPost.Post);
        call.Console.Result(() => $"{sent} results posted", json => json.WriteNumber("posted", sent));
        return ExitCode.Done;
    }
}
