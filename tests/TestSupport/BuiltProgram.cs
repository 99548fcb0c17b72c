namespace ImageBuilder.TestSupport;

/// <summary>Programs as `./build.sh` has made them, in artifacts/.</summary>
public static class BuiltProgram
{
    private static readonly string Artifacts = FindArtifacts();

    /// <summary>`imagebuilder`.</summary>
    public static string Builder => Path.Combine(Artifacts, "imagebuilder");

    /// <summary>`imageagent`, the native program.</summary>
    public static string Agent => Path.Combine(Artifacts, "device/imageagent");

    /// <summary>Whether all of them are there; false only on a desk, where the test then has nothing to say.</summary>
    /// <exception cref="InvalidOperationException">CI runs, and one is missing.</exception>
    public static bool AreThere(params string[] programs) =>
        programs.FirstOrDefault(program => !File.Exists(program)) is not { } missing || (Tool.InCi ? throw new InvalidOperationException($"{missing} is not there: ./build.sh makes it") : false);

    private static string FindArtifacts()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "ImageBuilder.sln")))
                return Path.Combine(folder, "artifacts");
        throw new InvalidOperationException("ImageBuilder.sln is in none of the folders above the test");
    }
}
