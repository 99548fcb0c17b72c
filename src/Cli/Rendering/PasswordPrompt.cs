using System.Text;
using ImageBuilder.Formats;

namespace ImageBuilder.Cli.Rendering;

/// <summary>Asks for a password on the terminal, without showing it; or takes it from a file.</summary>
internal static class PasswordPrompt
{
    /// <summary>The first line of a file, "-" for the standard input.</summary>
    /// <exception cref="ImageException">IB1905: it cannot be read.</exception>
    public static string FromFile(string path)
    {
        try
        {
            using var reader = path == "-" ? Console.In : new StreamReader(path);
            return reader.ReadLine() ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB1905", $"the password cannot be read from {path}: {error.Message}", error);
        }
    }

    /// <summary>Asks.</summary>
    /// <exception cref="ImageException">IB1906: there is nobody to ask.</exception>
    public static string Ask(string question, CancellationToken cancel)
    {
        if (Console.IsInputRedirected)
            throw new ImageException(ImageErrorKind.Spec, "IB1906", "a password is needed and nobody can be asked, since the input is no terminal; --password-file names a file with it");
        Console.Error.Write(question);
        // In a task: Ctrl-C must not wait for Enter.
        var reading = Task.Run(ReadHidden, CancellationToken.None);
        reading.Wait(cancel);
        return reading.Result;
    }

    /// <summary>Asks for a new password, twice; empty for none.</summary>
    /// <exception cref="ImageException">IB1906: there is nobody to ask. IB1907: the two differ.</exception>
    public static string AskTwice(CancellationToken cancel)
    {
        var password = Ask("Password for the secret key (empty: none): ", cancel);
        if (password.Length > 0 && Ask("Once more: ", cancel) != password)
            throw new ImageException(ImageErrorKind.Spec, "IB1907", "the two passwords differ; nothing was made");
        return password;
    }

    private static string ReadHidden()
    {
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
                text.Length = Math.Max(0, text.Length - 1);
            else if (key.KeyChar != 0)
                text.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return text.ToString();
    }
}
