using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Images;
using ImageBuilder.Pipeline.Inspection;
using ImageBuilder.Pipeline.Plan;
using ImageBuilder.Pipeline.Running;
using ImageBuilder.Pipeline.Sources;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>Makes the evidence of finished images: manifest and bill of materials, beside them in the work folder.</summary>
internal static class EvidenceFiles
{
    /// <summary>The final names of the images and their evidence, the images first, in the order of the plan's outputs.</summary>
    public static IReadOnlyList<string> Names(BuildPlan plan) =>
        [.. plan.Outputs.Select(plan.FileName), plan.ArtefactName + ".manifest.json", plan.ArtefactName + ".spdx.json"];

    /// <summary>Writes the files into the work folder.</summary>
    /// <param name="parts">What the images hold.</param>
    /// <param name="source">The base, for its notes.</param>
    /// <param name="root">The root file system as it went into the images.</param>
    /// <param name="images">The images, in the order of the plan's outputs.</param>
    /// <param name="workFolder">Where the files go.</param>
    /// <param name="reporter">Hears the step.</param>
    /// <returns>Images and evidence, in the order of <see cref="Names"/>: where each is, and what it is.</returns>
    public static IReadOnlyList<(string Path, FileFact Fact)> Write(ImageParts parts, BaseTree source, Tree root, IReadOnlyList<MadeImage> images, string workFolder, IBuildReporter reporter)
    {
        using var step = reporter.Begin("evidence");
        var names = Names(parts.Plan);
        var facts = Facts(parts, source, root, images);
        step.Complete($"{facts.Packages.Count} packages, sha256 {facts.Images[0].Sha256}");
        return [.. images.Zip(facts.Images, (image, fact) => (image.Path, fact)), Save(names[^2], Manifest.Write(facts)), Save(names[^1], SpdxDocument.Write(facts))];

        (string, FileFact) Save(string name, byte[] bytes)
        {
            var path = Path.Combine(workFolder, name);
            Publication.WriteToDisk(path, bytes);
            return (path, FileFact.Of(name, Content.From(bytes)));
        }
    }

    private static ImageFacts Facts(ImageParts parts, BaseTree source, Tree root, IReadOnlyList<MadeImage> images)
    {
        var (plan, first) = (parts.Plan, images[0]);
        var packages = ImageFacts.PackagesOf(root, source.Notes);
        var release = OsRelease.Read(root);
        var dpkg = DpkgStatus.Read(root);
        // What was not fetched for the medium alone is the base's own.
        var boot = OriginNotes.BootLoader(source.Notes) is { Count: > 0 } fetched ? fetched : packages.Where(fact => DebianHooks.BootPackages(plan.Architecture).Contains(fact.Package.Name));
        return new ImageFacts
        {
            Plan = plan,
            Epoch = source.Epoch,
            Images = [.. images.Zip(Names(plan), (image, name) => FactOf(name, image.Path))],
            Layers = [.. first.Layers.Zip(parts.Layers, (path, layer) => new FileFact(path, layer.Content.Length, layer.Sha256))],
            Kernel = FileFact.Of(first.Kernel, parts.Kernel.File.Content),
            KernelVersion = parts.Kernel.Version,
            KernelPackage = dpkg?.Installed.FirstOrDefault(package => package.Name.StartsWith("linux-", StringComparison.Ordinal) && dpkg.FilesOf(package).Contains(parts.Kernel.Path)),
            Initramfs = FileFact.Of(first.Initramfs, Content.From(parts.Initramfs)),
            CommandLine = first.CommandLine,
            Packages = packages,
            BootLoader = [.. boot.Where(fact => plan.KeepsData || fact.Package.Name != BootLoaderFiles.FileSystemCheckPackage)],
            Distribution = release?.Id ?? "debian",
            Codename = release?.Codename,
        };
    }

    private static FileFact FactOf(string name, string path) => new(name, new FileInfo(path).Length, FileDigest.Of(path));
}
