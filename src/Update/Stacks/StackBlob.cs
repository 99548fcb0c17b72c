using System.Text.Json;

namespace ImageBuilder.Update.Stacks;

/// <summary>A part of a stack, named by what it holds.</summary>
/// <param name="Sha256">Digest of its bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Size">In bytes.</param>
public sealed record StackBlob(string Sha256, long Size)
{
    internal static StackBlob Read(JsonElement element)
    {
        var digest = element.GetProperty("sha256").GetString() ?? "";
        var size = element.GetProperty("size").GetInt64();
        if (!StackId.IsHex(digest))
            throw new FormatException($"'{digest}' is no SHA-256: expected 64 lower-case hexadecimal digits");
        return size > 0 ? new StackBlob(digest, size) : throw new FormatException($"a size of {size} bytes");
    }
}
