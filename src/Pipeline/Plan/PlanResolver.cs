using System.Globalization;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>From a checked spec to a plan: fills in defaults and checks what values mean together.</summary>
internal sealed partial class PlanResolver
{
    private readonly SpecMap _spec;
    private readonly Variables _variables;
    private readonly DiagnosticBag _diagnostics;
    private readonly string _folder;
    private readonly Lazy<TemplateExpander> _templates;

    /// <summary>The spec itself and those that it is a layer of, absolute paths.</summary>
    private readonly HashSet<string> _above;

    public PlanResolver(SpecMap spec, Variables variables, DiagnosticBag diagnostics, string folder, IReadOnlySet<string> above)
    {
        _above = [.. above, Path.Combine(folder, Path.GetFileName(diagnostics.Source.Name))];
        _spec = spec;
        _variables = variables;
        _diagnostics = diagnostics;
        _folder = folder;
        _templates = new(() => new TemplateExpander(variables, diagnostics));
    }

    /// <summary>The plan. Of use only when no error has been reported by now: what was wrong is left out or holds a default.</summary>
    public BuildPlan Resolve()
    {
        _spec.Text("schema");
        _spec.Map("variables");
        var root = _spec.Has("base") ? ResolveBase(_spec.Map("base")) : new LayersBase();
        var layers = ResolveLayers();
        var kernel = ResolveKernel(_spec.Map("kernel"), root);
        var locale = _spec.Text("locale", Default("locale"));
        var timezone = _spec.Text("timezone", Default("timezone")) is var zone && zone == "Etc/UTC" ? "UTC" : zone;
        var keymap = _spec.Text("keymap")?.Value;
        var (packages, local) = ResolvePackages(root);
        var implied = kernel.Package is null ? [] : Implied(packages, kernel.Package, locale, timezone, keymap);
        var outputs = ResolveOutputs();
        var upper = ResolveUpper(_spec.Map("upper"));
        var disk = ResolveDisk(_spec.Map("disk"), upper, outputs);
        CheckOwnFolders(upper, outputs);
        var update = ResolveUpdate(outputs);
        return new BuildPlan
        {
            Name = _spec.Text("name", ""),
            Version = _spec.Text("version", Default("version")),
            Architecture = ResolveArchitecture(),
            Base = root,
            Layers = layers,
            Packages = [.. packages, .. implied.Select(package => package.Name)],
            ImpliedPackages = implied,
            LocalPackages = local,
            Kernel = kernel,
            Hostname = ResolveHostname(),
            Locale = locale,
            Timezone = timezone,
            Keymap = keymap,
            Users = ResolveUsers(),
            Services = ResolveServices(_spec.Map("services")),
            Files = ResolveFiles(),
            Scripts = [.. _spec.Maps("scripts").Select(script =>
                new ScriptPlan(script.Text("run", ""), script.Text("stage")?.Value == "base" ? ScriptStage.Base : ScriptStage.Final, Origin(script.Span)))],
            Compression = ResolveCompression(),
            BootOrder = _spec.Text("bootOrder") is { } order ? ExistingFile(order, "boot order", folderAllowed: false, "; `imagebuilder vm --trace-order` writes it") : null,
            Upper = upper,
            Persist = ResolvePersist(),
            Writable = ResolveWritable(),
            Reserve = ResolveReserve(upper, outputs, disk),
            Disk = disk,
            Agent = _spec.Switch("agent", byDefault: outputs.Any(IsDisk) || upper.IsPersistent),
            Update = update,
            BootMenu = ResolveBootMenu(_spec.Map("bootMenu")),
            Shell = _spec.Switch("shell", byDefault: true),
            Drivers = ResolveDrivers(),
            Keep = new KeepPlan(_spec.Strings("keep").Contains("apt"), _spec.Strings("keep").Contains("kernel")),
            Outputs = outputs,
            Limits = ResolveLimits(_spec.Map("limits"), outputs),
            SpecFolder = _folder,
        };
    }

    private static string Default(string key) => SpecSchema.Document.Key(key)!.Default!;

    private string Origin(SourceSpan span) => $"{_diagnostics.Source.Name}:{span.Line}:{span.Column}";

    private string ResolveArchitecture()
    {
        if (_spec.Text("architecture")?.Value is { } given)
            return given;
        var host = _spec.Has("architecture") ? null : _variables.Value("architecture");
        var allowed = SpecSchema.Document.Key("architecture")!.Type.Values;
        if (host is not null && !allowed.Contains(host))
        {
            _diagnostics.Add(SpecErrors.DefaultUnusable, _spec.Span,
                $"'architecture' is not given, and this machine's own, '{host}', is not yet supported; give `architecture: {allowed[0]}`");
        }
        return host ?? allowed[0];
    }

    private string ResolveHostname()
    {
        if (_spec.Text("hostname")?.Value is { } given)
            return given;
        var name = _spec.Text("name");
        var type = SpecSchema.Document.Key("hostname")!.Type;
        if (!_spec.Has("hostname") && name is not null && !SpecChecker.Matches(name.Value, type.Pattern!))
            _diagnostics.Add(SpecErrors.DefaultUnusable, name.Span, $"'hostname' is not given, and the name {Diagnostic.Quote(name.Value)} cannot be a host name ({type.Form}); give `hostname:`");
        return name?.Value ?? "";
    }

    private ServicesPlan ResolveServices(SpecMap services)
    {
        var enable = services.Texts("enable");
        var disable = services.Texts("disable");
        foreach (var unit in disable)
        {
            if (enable.FirstOrDefault(other => Unit(other) == Unit(unit)) is { } other)
                _diagnostics.Add(SpecErrors.Contradiction, unit.Span, $"{Diagnostic.Quote(unit.Value)} is to be disabled here and enabled in line {other.Span.Line}");
        }
        return new ServicesPlan([.. enable.Select(Unit)], [.. disable.Select(Unit)]);
    }

    /// <summary>The unit's full name: without a suffix it is a service, as for systemctl.</summary>
    private static string Unit(SpecText unit)
    {
        string[] suffixes = [".service", ".socket", ".timer", ".target", ".mount", ".automount", ".path", ".slice", ".swap", ".scope", ".device"];
        return suffixes.Any(suffix => unit.Value.EndsWith(suffix, StringComparison.Ordinal)) ? unit.Value : unit.Value + ".service";
    }

    private CompressionPlan ResolveCompression()
    {
        var given = _spec.Text("compression");
        var parts = (given?.Value ?? Default("compression")).Split(':');
        var (least, most, usual) = parts[0] switch
        {
            "zstd" => (1, 22, 15),
            "gzip" => (1, 9, 9),
            _ => (0, 0, 0),
        };
        if (parts.Length == 1)
            return new CompressionPlan(parts[0], usual);
        if (most == 0)
            _diagnostics.Add(SpecErrors.Compression, given!.Span, $"'{parts[0]}' takes no level; write `compression: {parts[0]}`");
        else if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level < least || level > most)
            _diagnostics.Add(SpecErrors.Compression, given!.Span, $"'{parts[0]}' takes levels from {least} to {most}, not {Diagnostic.Quote(parts[1])}");
        else
            return new CompressionPlan(parts[0], level);
        return new CompressionPlan(parts[0], usual);
    }

    private DriversPlan ResolveDrivers()
    {
        var modules = _spec.Strings("drivers");
        return modules.Count > 0 ? new DriversPlan("list", modules) : new DriversPlan(_spec.Text("drivers", Default("drivers")), []);
    }

    private List<OutputKind> ResolveOutputs()
    {
        var outputs = _spec.Strings("outputs", "iso").Select(output => output switch
        {
            "iso" => OutputKind.Iso,
            "disk" => OutputKind.Disk,
            "qcow2" => OutputKind.Qcow2,
            _ => throw new InvalidOperationException($"the output '{output}' is in the schema, but not in the plan"),
        });
        return [.. outputs];
    }

    private LimitsPlan ResolveLimits(SpecMap limits, List<OutputKind> outputs)
    {
        if (limits.Text("iso") is { } iso && !outputs.Contains(OutputKind.Iso))
            _diagnostics.Add(SpecErrors.Contradiction, iso.Span, "there is no ISO to limit: add iso to `outputs`, or leave limits.iso out");
        if (limits.Text("disk") is { } disk && !outputs.Any(IsDisk))
            _diagnostics.Add(SpecErrors.Contradiction, disk.Span, "there is no disk to limit: add disk to `outputs`, or leave limits.disk out");
        return new(Bytes(limits.Text("iso")), Bytes(limits.Text("initramfs")), Time(limits.Text("boot")), Bytes(limits.Text("disk")));
    }

    private static long? Bytes(SpecText? size)
    {
        if (size is null)
            return null;
        var unit = "KMGT".IndexOf(size.Value[^1], StringComparison.Ordinal) + 1;
        var number = long.Parse(unit == 0 ? size.Value : size.Value[..^1], CultureInfo.InvariantCulture);
        return number > long.MaxValue >> (10 * unit) ? long.MaxValue : number << (10 * unit);
    }

    private static TimeSpan? Time(SpecText? time)
    {
        if (time is null)
            return null;
        var number = double.Parse(time.Value.TrimEnd('m', 's'), CultureInfo.InvariantCulture);
        return time.Value.EndsWith("ms", StringComparison.Ordinal) ? TimeSpan.FromMilliseconds(number)
            : time.Value[^1] == 's' ? TimeSpan.FromSeconds(number) : TimeSpan.FromMinutes(number);
    }
}
