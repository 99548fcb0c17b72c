using ImageBuilder.Cli.Rendering;
using ImageBuilder.Pipeline.Signing;
using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Cli.Commands;

/// <summary>The secret keys that a verb signs with, open as long as it works.</summary>
internal sealed class SigningKeys : IDisposable
{
    private readonly List<SecretKey> keys = [];

    /// <summary>The keys.</summary>
    public IReadOnlyList<SecretKey> Keys => keys;

    /// <summary>Opens keys, and asks for their passwords.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="passwordFile">Has the password of all that have one; null asks on the terminal for each.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <exception cref="Formats.ImageException">IB5161, IB7202 to IB7204: a key cannot be read. IB1905, IB1906: nor a password.</exception>
    public static SigningKeys Open(IEnumerable<string> paths, string? passwordFile, CancellationToken cancel)
    {
        var opened = new SigningKeys();
        try
        {
            string? shared = null;
            foreach (var path in paths)
            {
                var password = !KeyFiles.AsksForPassword(path) ? null
                    : passwordFile is not null ? shared ??= PasswordPrompt.FromFile(passwordFile) : PasswordPrompt.Ask($"Password of {path}: ", cancel);
                opened.keys.Add(KeyFiles.ReadSecret(path, password));
            }
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public void Dispose() => keys.ForEach(key => key.Dispose());
}
