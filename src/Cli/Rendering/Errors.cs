using ImageBuilder.Formats;
using ImageBuilder.Formats.Trees;
using ImageBuilder.Pipeline.Spec;
using Spectre.Console;

namespace ImageBuilder.Cli.Rendering;

/// <summary>Errors as people see them, or as JSON lines under --progress=json. They quote images and files, so no control character passes to a terminal.</summary>
internal static class Errors
{
    /// <summary>Where errors go as JSON lines; null while people read them. Set once, when the command line is known.</summary>
    public static TextWriter? Json { get; set; }

    /// <summary>Shows an error that the libraries expected: its message and its stable id.</summary>
    public static void Show(ImageException error) => Show(error.Id, error.Message);

    /// <summary>Shows an error with an id.</summary>
    public static void Show(string id, string message)
    {
        if (Json is not null)
            JsonLines.Error(Json, id, message);
        else
            Terminal.Log.Write(new Text("error ", new Style(Color.Red, decoration: Decoration.Bold)), new Text($"{id}: {EntryName.PrintableLines(message)}\n"));
    }

    /// <summary>Shows text without an id, as for wrong usage.</summary>
    public static void Show(string message)
    {
        if (Json is not null)
            JsonLines.Error(Json, null, message);
        else
            Terminal.Log.Write(new Text("error: ", new Style(Color.Red, decoration: Decoration.Bold)), new Text(EntryName.PrintableLines(message) + "\n"));
    }

    /// <summary>Shows an error with its place in a spec.</summary>
    public static void Show(Diagnostic diagnostic)
    {
        if (Json is not null)
            JsonLines.Error(Json, diagnostic);
        else
            Console.Error.WriteLine(EntryName.PrintableLines(diagnostic.Render()));
    }

    private static void Write(this IAnsiConsole console, Text mark, Text text)
    {
        // Errors may hold long lines (paths, carets under source lines): no wrapping by the console.
        console.Profile.Width = int.MaxValue / 2;
        console.Write(mark);
        console.Write(text);
    }
}
