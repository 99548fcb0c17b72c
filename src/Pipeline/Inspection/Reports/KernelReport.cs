using System.Buffers.Binary;
using System.Text;
using ImageBuilder.Formats.Trees;

namespace ImageBuilder.Pipeline.Inspection.Reports;

/// <summary>A Linux kernel image for x86 (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").</summary>
internal static class KernelReport
{
    private const int VersionField = 0x20E;
    private const int VersionBase = 0x200;
    private const int MaxVersion = 256;

    /// <summary>The version text: "6.12.48+deb13-amd64 (debian-kernel@…) #1 SMP …"; null when this is no such kernel or it does not say.</summary>
    public static string? Version(Content kernel)
    {
        if (!ImageFormats.Holds(kernel, 0x202, "HdrS"u8))
            return null;
        var field = new byte[2];
        kernel.Read(VersionField, field);
        var at = BinaryPrimitives.ReadUInt16LittleEndian(field);
        if (at == 0 || at + VersionBase >= kernel.Length)
            return null;
        var text = new byte[Math.Min(MaxVersion, kernel.Length - at - VersionBase)];
        kernel.Read(at + VersionBase, text);
        var end = Array.IndexOf(text, (byte)0);
        return Encoding.ASCII.GetString(text, 0, end < 0 ? text.Length : end);
    }
}
