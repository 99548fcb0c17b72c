using ImageBuilder.Formats;
using Spectre.Console;

namespace ImageBuilder.Cli.Rendering;

/// <summary>Errors as people see them.</summary>
internal static class Errors
{
    /// <summary>Shows an error that the libraries expected: its message and its stable id.</summary>
    public static void Show(ImageException error) => Show(error.Id, error.Message);

    /// <summary>Shows an error with an id.</summary>
    public static void Show(string id, string message) =>
        Terminal.Log.Write(new Text("error ", new Style(Color.Red, decoration: Decoration.Bold)), new Text($"{id}: {message}\n"));

    /// <summary>Shows text without an id, as for wrong usage.</summary>
    public static void Show(string message) =>
        Terminal.Log.Write(new Text("error: ", new Style(Color.Red, decoration: Decoration.Bold)), new Text(message + "\n"));

    private static void Write(this IAnsiConsole console, Text mark, Text text)
    {
        // Errors may hold long lines (paths, carets under source lines): no wrapping by the console.
        console.Profile.Width = int.MaxValue / 2;
        console.Write(mark);
        console.Write(text);
    }
}
