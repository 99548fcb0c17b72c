using System.Diagnostics;

namespace ImageBuilder.EndToEnd.Tests;

/// <summary>The program as users run it: artifacts/imagebuilder, made by ./build.sh.</summary>
internal static class Program
{
    /// <summary>The executable.</summary>
    public static string Path { get; } = Find();

    /// <summary>Runs it to its end in a folder.</summary>
    public static Result Run(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(folder, environment, arguments);
        return Finish(process);
    }

    /// <summary>Runs it to its end in a folder.</summary>
    public static Result Run(string folder, params string[] arguments) => Run(folder, new Dictionary<string, string>(), arguments);

    /// <summary>Starts it and returns at once.</summary>
    public static Process Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end.</summary>
    public static Result Finish(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Result(process.ExitCode, output, error.Result);
    }

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
            if (File.Exists(System.IO.Path.Combine(folder, "ImageBuilder.sln")))
            {
                var path = System.IO.Path.Combine(folder, "artifacts", "imagebuilder");
                return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: ./build.sh makes it");
            }
        throw new InvalidOperationException("ImageBuilder.sln is in none of the folders above the test");
    }
}

/// <summary>How a run ended.</summary>
internal sealed record Result(int ExitCode, string Output, string Error)
{
    /// <summary>The image of a build: the first of the artefacts that it lists.</summary>
    public string Image => Output.Split('\n')[0];

    public override string ToString() => $"exit code {ExitCode}\n{Error}\n{Output}";
}
