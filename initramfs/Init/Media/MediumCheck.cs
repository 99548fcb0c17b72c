using ImageBuilder.Linux;

namespace ImageBuilder.Init;

/// <summary>Compares the files of the medium with the sums that were written on it: `sha256sum -c sha256sum.txt` in its folder does the same.</summary>
internal static class MediumCheck
{
    private const string Sums = "/sha256sum.txt";

    public static void Run(Boot boot)
    {
        if (!File.Exists(Paths.Medium + Sums))
            throw new BootException($"the medium {boot.Medium!.Path} cannot be checked: there is no {Sums} on it", ["Start without ib.checksum, or build the image anew."]);
        var wanted = Parse(File.ReadAllText(Paths.Medium + Sums));
        long length = 0;
        foreach (var (_, path) in wanted)
            length += File.Exists(Paths.Medium + path) ? new FileInfo(Paths.Medium + path).Length : 0;
        var progress = new ProgressLine(boot, "Checking the medium", length);
        var wrong = new List<string>();
        for (var i = 0; i < wanted.Count; i++)
        {
            if (Compare(Paths.Medium, wanted[i], bytes => progress.Add(bytes)) is { } reason)
                wrong.Add($"{wanted[i].Path}: {reason}");
        }
        if (wrong.Count == 0)
        {
            progress.End();
            boot.Decide("checksum", "right", $"{wanted.Count} files of {boot.Medium!.Path}");
            boot.Log.Show($"The medium is right: {wanted.Count} files.");
            return;
        }
        progress.Break();
        throw new BootException($"the medium {boot.Medium!.Path} is damaged",
            ["Write the medium again, and compare the image that it is written from with its SHA256SUMS.", "To start all the same, leave ib.checksum out."], wrong);
    }

    /// <summary>Null when a file is as it should be; else what is wrong with it.</summary>
    internal static string? Compare(string folder, (string Digest, string Path) file, Action<int> progress)
    {
        if (!File.Exists(folder + file.Path))
            return "is missing";
        var hash = new Sha256();
        try
        {
            FileReader.Read(folder + file.Path, part =>
            {
                hash.Append(part.Span);
                progress(part.Length);
            });
        }
        catch (IOException error)
        {
            return $"cannot be read: {error.Message}";
        }
        var found = hash.Finish();
        return found == file.Digest ? null : $"is not what was written: its SHA-256 is {found[..16]}…, not {file.Digest[..16]}…";
    }

    /// <summary>Reads the lines of sha256sum(1): 64 digits, a blank, a blank or an asterisk, a path; "./" before it or not.</summary>
    /// <exception cref="BootException">A line is something else.</exception>
    internal static IReadOnlyList<(string Digest, string Path)> Parse(string text)
    {
        const int Digits = 2 * Sha256.DigestLength, PathAt = Digits + 2;
        var files = new List<(string, string)>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length <= PathAt || line[..Digits].Any(c => !char.IsAsciiHexDigit(c)) || line[Digits] != ' ' || line[Digits + 1] is not (' ' or '*'))
                throw new BootException($"{Sums} on the medium is damaged: '{line}' is no line of sha256sum", ["Write the medium again."]);
            var path = line[PathAt..].TrimEnd('\r');
            files.Add((line[..Digits].ToLowerInvariant(), path.StartsWith("./", StringComparison.Ordinal) ? path[1..] : "/" + path.TrimStart('/')));
        }
        return files.Count > 0 ? files : throw new BootException($"{Sums} on the medium is empty: there is nothing to compare with", ["Write the medium again."]);
    }
}
