using System.Globalization;
using ImageBuilder.Pipeline.Spec;

namespace ImageBuilder.Pipeline.Plan;

/// <summary>What is kept where on the device: the upper, folders of their own, and the disk.</summary>
internal sealed partial class PlanResolver
{
    private const long MostDisk = 16L << 40; // the image is one file, and ext4 has none that is larger
    private const long DiskAlignment = 1 << 20; // partitions begin and end at whole MiB

    private UpperPlan ResolveUpper(SpecMap upper)
    {
        var kind = upper.Text("kind", "tmpfs");
        var size = upper.Text("size");
        if (kind == "none" && size is not null)
            _diagnostics.Add(SpecErrors.Contradiction, upper.KeySpan("size"), "an upper of kind 'none' has no size");
        var snapshots = _spec.Text("snapshots");
        var onFailure = _spec.Text("onUpperFailure");
        if (kind != "persistent")
        {
            const string wayOut = "write `upper: { kind: persistent }`, or leave it out";
            if (upper.Has("limit"))
                _diagnostics.Add(SpecErrors.Contradiction, upper.KeySpan("limit"), $"a limit is for a persistent upper, and this one is '{kind}': {wayOut}");
            if (snapshots is not null && snapshots.Value != "0")
                _diagnostics.Add(SpecErrors.Contradiction, snapshots.Span, $"snapshots are earlier persistent uppers, and this upper is '{kind}': {wayOut}");
            if (onFailure is { Value: "tmpfs" })
                _diagnostics.Add(SpecErrors.Contradiction, onFailure.Span, $"only a persistent upper can fail to be mounted, and this one is '{kind}': {wayOut}");
        }
        return new UpperPlan(kind, size?.Value ?? (kind == "none" ? "0" : "50%"))
        {
            Limit = Bytes(upper.Text("limit")),
            MemoryOnFailure = onFailure?.Value == "tmpfs",
            Snapshots = int.Parse(snapshots?.Value ?? "0", CultureInfo.InvariantCulture),
        };
    }

    private DiskPlan ResolveDisk(SpecMap disk, UpperPlan upper, List<OutputKind> outputs)
    {
        if (_spec.Has("disk") && !outputs.Any(IsDisk))
            _diagnostics.Add(SpecErrors.Contradiction, _spec.KeySpan("disk"), "`disk` says how the disk image is made, and no output is one: add disk to `outputs`, or leave it out");
        var plan = new DiskPlan(Bytes(disk.Text("size")), int.Parse(disk.Text("sectorSize", "512"), CultureInfo.InvariantCulture));
        if (plan.Size > MostDisk)
            _diagnostics.Add(SpecErrors.OutOfRange, disk.Text("size")!.Span, $"a disk of {disk.Text("size")!.Value} is too large: {PlanSummary.Size(MostDisk)} are the most, as no file of ext4 is larger");
        else if (plan.Size % DiskAlignment is > 0 and var over)
            _diagnostics.Add(SpecErrors.OutOfRange, disk.Text("size")!.Span, $"a disk of {plan.Size} bytes is no whole number of MiB; write it as `size: {(plan.Size - over) / DiskAlignment + 1}M`");
        if (plan.Size is { } size && upper.Limit > size)
            _diagnostics.Add(SpecErrors.Contradiction, disk.KeySpan("size"), $"the disk has {PlanSummary.Size(size)}, and upper.limit is {PlanSummary.Size(upper.Limit.Value)}: the limit could never be reached");
        return plan;
    }

    private long? ResolveReserve(UpperPlan upper, List<OutputKind> outputs, DiskPlan disk)
    {
        var reserve = Bytes(_spec.Text("reserve"));
        if (reserve is not null && !HasData(upper, outputs))
            _diagnostics.Add(SpecErrors.Contradiction, _spec.KeySpan("reserve"), "room is kept on a data partition, and there is none: write `upper: { kind: persistent }`, add disk to `outputs`, or leave it out");
        if (reserve >= disk.Size)
            _diagnostics.Add(SpecErrors.Contradiction, _spec.KeySpan("reserve"), $"the disk has {PlanSummary.Size(disk.Size!.Value)}, and {PlanSummary.Size(reserve!.Value)} of it are to stay free: nothing would be left");
        return reserve;
    }

    private List<string> ResolvePersist() => [.. _spec.Texts("persist").Select(path => path.Value)];

    private List<WritableArea> ResolveWritable() =>
        [.. _spec.Maps("writable").Select(area => new WritableArea(area.Text("path", ""), Bytes(area.Text("size")) ?? 0))];

    /// <summary>Checks `persist` and `writable` together: each names folders that another file system is mounted on.</summary>
    private void CheckOwnFolders(UpperPlan upper, List<OutputKind> outputs)
    {
        var persist = _spec.Texts("persist");
        var paths = persist.Concat(_spec.Maps("writable").Select(area => area.Text("path")).OfType<SpecText>()).ToList();
        ReportRepeated(paths, "the folder", "is given");
        foreach (var path in paths)
        {
            CheckImagePath(path);
            if (OwnFolders.Problem(path.Value) is { } problem)
                _diagnostics.Add(SpecErrors.NoOwnFolder, path.Span, $"{Diagnostic.Quote(path.Value)} {problem}");
            else if (paths.FirstOrDefault(other => path.Value.StartsWith(other.Value + "/", StringComparison.Ordinal)) is { } above)
                _diagnostics.Add(SpecErrors.Contradiction, path.Span, $"{Diagnostic.Quote(path.Value)} lies in {Diagnostic.Quote(above.Value)} of line {above.Span.Line}, which is kept on its own already: keep one of them");
        }
        if (persist is [var first, ..] && !HasData(upper, outputs))
            _diagnostics.Add(SpecErrors.Contradiction, first.Span, "folders persist on a data partition, and a live ISO has none with this upper: write `upper: { kind: persistent }`, or add disk to `outputs`");
        else if (persist is [var folder, ..] && outputs.Contains(OutputKind.Iso) && !upper.IsPersistent)
            _diagnostics.Add(SpecErrors.Contradiction, folder.Span, "folders persist on a data partition: the disk has one, the live ISO has none with this upper; write `upper: { kind: persistent }`, or take iso out of `outputs`");
    }

    private static bool HasData(UpperPlan upper, List<OutputKind> outputs) => upper.IsPersistent || outputs.Any(IsDisk);

    private static bool IsDisk(OutputKind output) => output is OutputKind.Disk or OutputKind.Qcow2;
}
