using ImageBuilder.Formats;
using ImageBuilder.Update.Signatures;

namespace ImageBuilder.Pipeline.Signing;

/// <summary>Keys and signatures as files, the way minisign has them: NAME.key, NAME.pub, FILE.minisig.</summary>
public static class KeyFiles
{
    private const string SecretExtension = ".key", PublicExtension = ".pub";
    private const int MaxKeyLength = 8 << 10;

    /// <summary>Makes a key pair; the secret key is readable for its owner alone.</summary>
    /// <param name="name">Path of the files without their extensions.</param>
    /// <param name="password">Protects the secret key; null or empty for nothing but its permissions.</param>
    /// <param name="force">Replace files that exist.</param>
    /// <exception cref="ImageException">IB5003: a file exists. IB5160: it cannot be written.</exception>
    public static (string Secret, string Public, PublicKey Key) Generate(string name, string? password, bool force)
    {
        var (secret, @public) = (name + SecretExtension, name + PublicExtension);
        foreach (var path in (string[])[secret, @public])
            if (!force && Path.Exists(path))
                throw new ImageException(ImageErrorKind.Io, "IB5003", $"{path} exists already; what it has signed can be checked with its public key only. --force replaces it");
        using var key = SecretKey.Generate();
        Write(secret, key.ToText(password), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write(@public, key.Public.ToText(), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return (secret, @public, key.Public);
    }

    /// <summary>Whether the secret key in a file asks for a password.</summary>
    /// <exception cref="ImageException">IB5161: it cannot be read. IB7202: it is none.</exception>
    public static bool AsksForPassword(string path) => SecretKey.IsProtected(Read(path, MaxKeyLength));

    /// <summary>The secret key in a file.</summary>
    /// <exception cref="ImageException">IB5161: it cannot be read. IB7202 to IB7204: it is none, or the password is wrong.</exception>
    public static SecretKey ReadSecret(string path, string? password) => SecretKey.Parse(Read(path, MaxKeyLength), password);

    /// <summary>The public key in a file.</summary>
    /// <exception cref="ImageException">IB5161: it cannot be read. IB7201: it is none.</exception>
    public static PublicKey ReadPublic(string path) => PublicKey.Parse(Read(path, MaxKeyLength));

    /// <summary>Signs a file: FILE.minisig appears beside it, and replaces an earlier one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Signs.</param>
    /// <param name="comment">The trusted comment; null for the file's name.</param>
    /// <returns>The signature's path.</returns>
    /// <exception cref="ImageException">IB5161: the file cannot be read. IB5160: the signature cannot be written.</exception>
    public static string Sign(string path, SecretKey key, string? comment)
    {
        string text;
        try
        {
            using var file = File.OpenRead(path);
            text = key.Sign(file, comment ?? $"file:{Path.GetFileName(path)}").ToText();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotRead(path, error);
        }
        Write(path + Signature.Extension, text, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return path + Signature.Extension;
    }

    private static string Read(string path, int limit)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= limit ? File.ReadAllText(path) : throw new ImageException(ImageErrorKind.Corrupt, "IB5161", $"{path} has {length} bytes; a key has at most {limit}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotRead(path, error);
        }
    }

    // Whole under its final name or not at all, and never readable for others on the way.
    private static void Write(string path, string text, UnixFileMode mode)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
            using (var writer = new StreamWriter(file))
                writer.Write(text);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new ImageException(ImageErrorKind.Io, "IB5160", $"{path} cannot be written: {error.Message}", error);
        }
    }

    private static ImageException NotRead(string path, Exception error) => new(ImageErrorKind.Io, "IB5161", $"{path} cannot be read: {error.Message}", error);
}
