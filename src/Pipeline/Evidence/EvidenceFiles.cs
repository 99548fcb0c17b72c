using ImageBuilder.Formats.Iso9660;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>Makes the evidence of a finished live ISO: manifest and bill of materials, beside it in the work folder.</summary>
internal static class EvidenceFiles
{
    /// <summary>The final names of an image and its evidence, the image first.</summary>
    public static IReadOnlyList<string> Names(BuildPlan plan) => [plan.FileName(OutputKind.Iso), plan.ArtefactName + ".manifest.json", plan.ArtefactName + ".spdx.json"];

    /// <summary>Writes the files into the work folder.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="source">The base, for its notes.</param>
    /// <param name="root">The root file system as it went into the image.</param>
    /// <param name="image">The image.</param>
    /// <param name="workFolder">Where the files go.</param>
    /// <param name="reporter">Hears the step.</param>
    /// <returns>Image and evidence, in the order of <see cref="Names"/>: where each is, and what it is.</returns>
    public static IReadOnlyList<(string Path, FileFact Fact)> Write(BuildPlan plan, BaseTree source, Tree root, LiveIso.Result image, string workFolder, IBuildReporter reporter)
    {
        using var step = reporter.Begin("evidence");
        using var file = File.OpenHandle(image.Path);
        var iso = Content.From(file, 0, RandomAccess.GetLength(file), image.Path);
        var facts = Facts(plan, source, root, image, iso);
        var names = Names(plan);
        step.Complete($"{facts.Packages.Count} packages, sha256 {facts.Image.Sha256}");
        return [(image.Path, facts.Image), Save(names[1], Manifest.Write(facts)), Save(names[2], SpdxDocument.Write(facts))];

        (string, FileFact) Save(string name, byte[] bytes)
        {
            var path = Path.Combine(workFolder, name);
            Publication.WriteToDisk(path, bytes);
            return (path, FileFact.Of(name, Content.From(bytes)));
        }
    }

    private static ImageFacts Facts(BuildPlan plan, BaseTree source, Tree root, LiveIso.Result image, Content iso)
    {
        var files = IsoVolume.Open(iso).ReadTree();
        var packages = ImageFacts.PackagesOf(root, source.Notes);
        var release = Sources.OsRelease.Read(root);
        var dpkg = DpkgStatus.Read(root);
        return new ImageFacts
        {
            Plan = plan,
            Epoch = source.Epoch,
            Image = FileFact.Of(Names(plan)[0], iso),
            Layers = [new FileFact(image.Layer, files.Find(image.Layer)!.Content.Length, image.LayerSha256)],
            Kernel = FileFact.Of(image.KernelFile, files.Find(image.KernelFile)!.Content),
            KernelVersion = image.Kernel.Version,
            KernelPackage = dpkg?.Installed.FirstOrDefault(package => package.Name.StartsWith("linux-", StringComparison.Ordinal) && dpkg.FilesOf(package).Contains(image.Kernel.Path)),
            Initramfs = FileFact.Of(image.Initramfs, files.Find(image.Initramfs)!.Content),
            CommandLine = LiveBootSet.Read(iso).CommandLine,
            Packages = packages,
            // What was not fetched for the medium alone is the base's own.
            BootLoader = OriginNotes.BootLoader(source.Notes) is { Count: > 0 } fetched ? fetched
                : [.. packages.Where(fact => DebianHooks.BootPackages(plan.Architecture).Contains(fact.Package.Name))],
            Distribution = release?.Id ?? "debian",
            Codename = release?.Codename,
        };
    }
}
