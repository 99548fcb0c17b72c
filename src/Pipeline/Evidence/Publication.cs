using ImageBuilder.Formats;
using ImageBuilder.Pipeline.Running;

namespace ImageBuilder.Pipeline.Evidence;

/// <summary>
/// Brings finished files into the output folder under their final names, the image first. What SHA256SUMS lists is there, whole, and belongs
/// together, whenever the work is cut off: lines go before their files change, and come back after the last one is in place. At worst there is an
/// image that is not listed yet.
/// </summary>
/// <param name="folder">The output folder.</param>
/// <param name="names">Final names, the image first.</param>
/// <param name="force">Replace what is there.</param>
internal sealed class Publication(string folder, IReadOnlyList<string> names, bool force)
{
    /// <summary>Refuses when something would be overwritten.</summary>
    /// <exception cref="ImageException">IB5003: a file is there already. IB5320: a folder is in the way.</exception>
    public void Check()
    {
        foreach (var path in names.Append(Sha256Sums.FileName).Select(name => Path.Combine(folder, name)).Where(Directory.Exists))
            throw new ImageException(ImageErrorKind.Io, "IB5320", $"{path} is a folder; a file is to be written there");
        if (!force && names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } there)
            throw new ImageException(ImageErrorKind.Io, "IB5003", $"{there} exists already; --force replaces it");
    }

    /// <summary>Moves the files, each from a path on the same file system.</summary>
    /// <param name="files">In the order of the names: where each is, and what it is.</param>
    /// <param name="workFolder">For the new SHA256SUMS, on the same file system.</param>
    /// <param name="cancel">Stops the wait for another build that writes into the folder.</param>
    /// <exception cref="ImageException">As <see cref="Check"/>: somebody else was faster.</exception>
    public void Publish(IReadOnlyList<(string Path, FileFact Fact)> files, string workFolder, CancellationToken cancel)
    {
        using var held = FolderLock.Take(folder, cancel);
        Check();
        var sums = Sha256Sums.Read(folder);
        if (names.Where(sums.Remove).ToArray() is [_, ..])
            Write(sums);
        // An image without evidence misleads nobody; old evidence beside a new image would.
        foreach (var name in names.Skip(1))
            File.Delete(Path.Combine(folder, name));
        foreach (var (path, fact) in files)
        {
            File.Move(path, Path.Combine(folder, fact.Path), overwrite: true);
            sums.Set(fact);
        }
        sums.Sweep(folder);
        Write(sums);

        void Write(Sha256Sums text) => WriteWhole(Path.Combine(folder, Sha256Sums.FileName), text.ToText(), workFolder);
    }

    /// <summary>Writes a file that appears whole: first elsewhere on the same file system, and on disk, then under its name.</summary>
    public static void WriteWhole(string path, string text, string workFolder)
    {
        var temporary = Path.Combine(workFolder, $".{Path.GetFileName(path)}.{Environment.ProcessId}");
        try
        {
            WriteToDisk(temporary, System.Text.Encoding.UTF8.GetBytes(text));
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a file and waits until it is on disk.</summary>
    public static void WriteToDisk(string path, byte[] bytes)
    {
        using var output = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        output.Write(bytes);
        output.Flush(flushToDisk: true);
    }
}
