using System.Globalization;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Users.</summary>
internal sealed partial class PlanResolver
{
    private List<UserPlan> ResolveUsers()
    {
        var users = _spec.Maps("users");
        ReportRepeated(users.Select(user => user.Text("name")), "the user", "is given");
        ReportRepeated(users.Select(user => user.Text("uid")), "the user id", "is given");
        var autologins = users.Where(user => user.Switch("autologin")).ToList();
        foreach (var user in autologins.Skip(1))
            _diagnostics.Add(SpecErrors.Autologin, user.KeySpan("autologin"), $"only one user can be logged in automatically; the first is in line {autologins[0].KeySpan("autologin").Line}");
        foreach (var user in users)
        {
            if (user.Text("name")?.Value == "root" && user.Text("uid") is { Value: not "0" } uid)
                _diagnostics.Add(SpecErrors.Contradiction, uid.Span, "root's user id is 0");
        }
        return [.. users.Select(user => new UserPlan
        {
            Name = user.Text("name", ""),
            Uid = uint.TryParse(user.Text("uid")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var uid) ? uid : null,
            Password = user.Text("password")?.Value,
            PasswordHash = user.Text("passwordHash")?.Value,
            SshKeys = user.Strings("sshKeys"),
            Groups = user.Strings("groups"),
            Shell = user.Text("shell")?.Value,
            Home = user.Text("home")?.Value,
            Comment = user.Text("comment")?.Value,
            Autologin = user.Switch("autologin"),
        })];
    }

    /// <summary>Reports every value that an earlier item has already.</summary>
    private void ReportRepeated(IEnumerable<SpecText?> values, string what, string verb)
    {
        var first = new Dictionary<string, int>();
        foreach (var value in values.OfType<SpecText>())
        {
            if (!first.TryAdd(value.Value, value.Span.Line))
                _diagnostics.Add(SpecErrors.Duplicate, value.Span, $"{what} {Diagnostic.Quote(value.Value)} {verb} twice; the first is in line {first[value.Value]}");
        }
    }
}
