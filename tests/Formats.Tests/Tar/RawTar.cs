using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Formats.Tests.Tar;

/// <summary>Tar archives put together header by header, also ones that no honest program writes.</summary>
internal sealed class RawTar
{
    private readonly List<byte> bytes = [];

    /// <summary>The archive with its closing zero blocks.</summary>
    public Content Closed => Content.From((byte[])[.. bytes, .. new byte[1024]]);

    /// <summary>Adds a member.</summary>
    public RawTar Add(string name, char type = '0', string link = "", byte[]? data = null, long? size = null, Action<byte[]>? change = null) =>
        Add(Encoding.UTF8.GetBytes(name), type, link, data, size, change);

    /// <summary>Adds a member.</summary>
    /// <param name="name">Raw bytes, at most 100.</param>
    /// <param name="type">The type flag.</param>
    /// <param name="link">The link's target.</param>
    /// <param name="data">What follows the header.</param>
    /// <param name="size">The size that the header claims; the data's by default.</param>
    /// <param name="change">A last touch to the header before its checksum is made.</param>
    public RawTar Add(byte[] name, char type = '0', string link = "", byte[]? data = null, long? size = null, Action<byte[]>? change = null)
    {
        var header = new byte[512];
        name.CopyTo(header, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes(Convert.ToString(size ?? data?.Length ?? 0, 8).PadLeft(11, '0') + "\0").CopyTo(header, 124);
        header[156] = (byte)type;
        Encoding.UTF8.GetBytes(link).CopyTo(header, 157);
        Encoding.ASCII.GetBytes("ustar\0" + "00").CopyTo(header, 257);
        change?.Invoke(header);
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        bytes.AddRange(header);
        bytes.AddRange(data ?? []);
        bytes.AddRange(new byte[(512 - (data?.Length ?? 0) % 512) % 512]);
        return this;
    }

    /// <summary>Adds an extended header.</summary>
    public RawTar Extended(char type, params (string Key, string Value)[] records) =>
        Add("pax", type, data: Encoding.UTF8.GetBytes(string.Concat(records.Select(record => Record(record.Key, record.Value)))));

    private static string Record(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount($" {key}={value}\n");
        var length = rest + 1;
        while (rest + $"{length}".Length != length)
            length = rest + $"{length}".Length;
        return $"{length} {key}={value}\n";
    }
}
