using System.Globalization;
using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Spec;
using ImageBuilder.Update;
using ImageBuilder.Update.Channels;
using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>Over-the-air updates, and who may change what boots.</summary>
internal sealed partial class PlanResolver
{
    private UpdatePlan? ResolveUpdate(List<OutputKind> outputs)
    {
        if (!_spec.Has("update"))
            return null;
        var update = _spec.Map("update");
        if (!outputs.Any(IsDisk))
            _diagnostics.Add(SpecErrors.Contradiction, _spec.KeySpan("update"), "updates need the two slots of a disk, and no output is one: add disk to `outputs`, or leave it out");
        if (!_spec.Switch("agent", byDefault: true))
            _diagnostics.Add(SpecErrors.Contradiction, _spec.KeySpan("agent"), "updates are the agent's work: leave `agent: false` out, or `update`");
        var keys = update.Texts("keys").Select(ResolveKey).OfType<TrustedKey>().ToList();
        var threshold = update.Text("threshold");
        var settings = new UpdateSettings
        {
            Url = update.Text("url", ""),
            Channel = update.Text("channel", "stable"),
            Compatible = update.Text("compatible", ""),
            Keys = keys,
            Threshold = Number(threshold, 1),
            Offline = update.Switch("offline"),
            Report = update.Text("report", ""),
            Tries = (byte)Number(update.Text("tries"), 3),
            HealthTimeout = Seconds(update.Text("healthTimeout"), 300),
            Carry = ResolveCarry(update),
            Interval = Seconds(update.Text("interval"), 86400),
            Window = update.Text("window", ""),
            Rate = Bytes(update.Text("rate")) ?? 0,
            Automatic = update.Switch("automatic", byDefault: true),
        };
        if (threshold is not null && settings.Threshold > update.Texts("keys").Count)
            _diagnostics.Add(SpecErrors.Contradiction, threshold.Span, $"{settings.Threshold} keys are to sign, and {keys.Count} {(keys.Count == 1 ? "is" : "are")} given: new keys could never be named");
        if (update.Text("window") is { } window && window.Value[..5] == window.Value[6..])
            _diagnostics.Add(SpecErrors.Contradiction, window.Span, "the window ends when it begins: leave it out for the whole day");
        return new UpdatePlan(settings, uint.TryParse(update.Text("epoch")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0);
    }

    private TrustedKey? ResolveKey(SpecText key)
    {
        const int most = 4096; // a comment and a line
        var text = key.Value;
        if (!SpecChecker.Matches(text, "RW[A-Za-z0-9+/]{54}"))
        {
            if (ExistingFile(key, "key", folderAllowed: false, "; `imagebuilder keygen` makes one") is not { } path)
                return null;
            if (SpecLoader.Read(path, out var problem) is not { } content)
            {
                _diagnostics.Add(problem!.Value.Kind, key.Span, $"the key {Diagnostic.Quote(key.Value)}: {problem.Value.Message}");
                return null;
            }
            text = content.Length <= most ? content : "";
        }
        try
        {
            return new TrustedKey(PublicKey.Parse(text), null);
        }
        catch (ImageException error)
        {
            _diagnostics.Add(SpecErrors.Malformed, key.Span, $"{Diagnostic.Quote(key.Value)} is no public key of minisign's format: {error.Message}");
            return null;
        }
    }

    /// <summary>Checks `carry`: folders of the upper, each once.</summary>
    private List<string> ResolveCarry(SpecMap update)
    {
        if (!update.Has("carry"))
            return ["/etc"];
        var paths = update.Texts("carry");
        var own = _spec.Texts("persist").Concat(_spec.Maps("writable").Select(area => area.Text("path")).OfType<SpecText>()).ToList();
        foreach (var path in paths)
        {
            CheckImagePath(path);
            if (own.FirstOrDefault(other => path.Value == other.Value || path.Value.StartsWith(other.Value + "/", StringComparison.Ordinal)) is { } kept)
                _diagnostics.Add(SpecErrors.Contradiction, path.Span, $"{Diagnostic.Quote(path.Value)} is kept on its own by {Diagnostic.Quote(kept.Value)} of line {kept.Span.Line}, and has nothing to carry: leave it out here");
            else if (paths.FirstOrDefault(other => path.Value.StartsWith(other.Value + "/", StringComparison.Ordinal)) is { } above)
                _diagnostics.Add(SpecErrors.Contradiction, path.Span, $"{Diagnostic.Quote(path.Value)} lies in {Diagnostic.Quote(above.Value)} of line {above.Span.Line}, which is carried already: leave it out");
        }
        return [.. paths.Select(path => path.Value)];
    }

    private static BootMenuPlan ResolveBootMenu(SpecMap menu) => new(Number(menu.Text("timeout"), 3))
    {
        Password = menu.Text("password")?.Value,
        PasswordHash = menu.Text("passwordHash")?.Value,
    };

    private static int Number(SpecText? text, int byDefault) => int.TryParse(text?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : byDefault;

    private static int Seconds(SpecText? time, int byDefault)
    {
        if (time is null)
            return byDefault;
        var unit = time.Value[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 86400 };
        return (int)Math.Min(int.MaxValue, long.Parse(time.Value[..^1], CultureInfo.InvariantCulture) * unit);
    }
}
