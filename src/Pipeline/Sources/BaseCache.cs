using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageBuilder.Formats;

namespace ImageBuilder.Pipeline.Sources;

/// <summary>
/// The folder of root file systems already made, one tar per key: $XDG_CACHE_HOME/imagebuilder/base. An archive appears whole (rename) or not at
/// all; two builds that want the same one wait for each other by a lock on the key.
/// </summary>
public sealed class BaseCache
{
    private const string EpochKey = "epoch";
    private const string LengthKey = "length";
    private readonly string folder;

    /// <summary>The cache in a given folder.</summary>
    public BaseCache(string folder) => this.folder = Path.Combine(folder, "base");

    /// <summary>$XDG_CACHE_HOME/imagebuilder, or ~/.cache/imagebuilder (XDG Base Directory Specification).</summary>
    public static string DefaultFolder() => CacheFolder.Path();

    /// <summary>One entry.</summary>
    /// <param name="Archive">Path of the tar.</param>
    /// <param name="Created">When it was made.</param>
    /// <param name="Epoch">The time its newest files carry, seconds since 1970.</param>
    public sealed record Entry(string Archive, DateTimeOffset Created, long Epoch);

    /// <summary>
    /// The archive for the key, made now when it is missing or <paramref name="refresh"/> is asked for.
    /// </summary>
    /// <param name="keyParts">Everything that decides the content, each part with its name.</param>
    /// <param name="refresh">Make it again even when it is there.</param>
    /// <param name="make">Writes the archive to the given path and returns its epoch.</param>
    /// <param name="cancel">Stops the wait for another build.</param>
    /// <exception cref="ImageException">IB3010: the cache folder cannot be written.</exception>
    public (Entry Entry, bool Reused) Get(IReadOnlyDictionary<string, string> keyParts, bool refresh, Func<string, long> make, CancellationToken cancel)
    {
        var key = Key(keyParts);
        var archive = Path.Combine(folder, key + ".tar");
        var about = Path.Combine(folder, key + ".json");
        try
        {
            Directory.CreateDirectory(folder);
            using var held = Lock(Path.Combine(folder, key + ".lock"), cancel);
            if (!refresh && Read(archive, about) is { } kept)
                return (kept, true);
            SweepLeftovers(key);
            var temporary = $"{archive}.{Environment.ProcessId}.tmp";
            try
            {
                var epoch = make(temporary);
                File.Delete(about); // an old description must not stand beside a new archive
                File.Move(temporary, archive, overwrite: true);
                var text = JsonSerializer.Serialize(new SortedDictionary<string, string>(keyParts.ToDictionary(), StringComparer.Ordinal)
                {
                    [EpochKey] = Text(epoch),
                    [LengthKey] = Text(new FileInfo(archive).Length),
                }, BaseCacheJson.Default.SortedDictionaryStringString);
                File.WriteAllText(temporary, text);
                File.Move(temporary, about, overwrite: true);
                return (new Entry(archive, CreatedAt(about), epoch), false);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageErrorKind.Io, "IB3010", $"the cache folder {folder} cannot be used: {error.Message}; set XDG_CACHE_HOME to a folder you can write", error);
        }
    }

    /// <summary>Deletes every archive and returns how many bytes that freed.</summary>
    public long Clear()
    {
        if (!Directory.Exists(folder))
            return 0;
        var bytes = new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);
        Directory.Delete(folder, recursive: true);
        return bytes;
    }

    private static string Key(IReadOnlyDictionary<string, string> parts)
    {
        var text = string.Join('\n', parts.OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => $"{part.Key}={Convert.ToHexString(Encoding.UTF8.GetBytes(part.Value))}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    /// <summary>What is kept; null when there is nothing, or what a power cut left of it: then it is made again.</summary>
    private static Entry? Read(string archive, string about)
    {
        if (!File.Exists(archive) || !File.Exists(about))
            return null;
        try
        {
            var parts = JsonSerializer.Deserialize(File.ReadAllText(about), BaseCacheJson.Default.SortedDictionaryStringString);
            var whole = parts is not null && (!parts.TryGetValue(LengthKey, out var length) || length == Text(new FileInfo(archive).Length));
            return whole && long.TryParse(parts!.GetValueOrDefault(EpochKey), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                ? new Entry(archive, CreatedAt(about), epoch) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static DateTimeOffset CreatedAt(string file) => new(File.GetLastWriteTimeUtc(file), TimeSpan.Zero);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void SweepLeftovers(string key)
    {
        foreach (var leftover in Directory.EnumerateFiles(folder, key + "*.tmp"))
            File.Delete(leftover); // the lock is ours: whoever wrote this is gone
    }

    private static FileStream Lock(string path, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException) && IsHeld(error))
            {
                if (cancel.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200)))
                    throw new OperationCanceledException(cancel);
            }
        }

        // FileShare.None is flock(2) underneath: EWOULDBLOCK when another process has it.
        static bool IsHeld(IOException error) => (error.HResult & 0xFFFF) == 11;
    }
}
