using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Formats.Compression.Interop;

/// <summary>lzma/base.h, lzma/container.h, lzma/lzma12.h of liblzma 5.2 and later.</summary>
internal static unsafe partial class LibLzma
{
    public const string Library = "liblzma.so.5";
    public const string Package = "liblzma5";

    public const ulong FilterLzma2 = 0x21;       // LZMA_FILTER_LZMA2
    public const ulong FilterListEnd = ulong.MaxValue; // LZMA_VLI_UNKNOWN
    public const int CheckCrc32 = 1;             // LZMA_CHECK_CRC32
    public const uint Concatenated = 0x08;       // LZMA_CONCATENATED

    /// <summary>lzma_action.</summary>
    public enum Action
    {
        Run = 0,
        Finish = 3,
    }

    /// <summary>lzma_ret.</summary>
    public enum Result
    {
        Ok = 0,
        StreamEnd = 1,
        NoCheck = 2,
        UnsupportedCheck = 3,
        GetCheck = 4,
        OutOfMemory = 5,
        MemoryLimit = 6,
        NotThisFormat = 7,
        UnsupportedOptions = 8,
        DataDamaged = 9,
        InputCutOff = 10,
        WrongUse = 11,
    }

    /// <summary>lzma_stream. Stays at one address between initialization and lzma_end.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct RawStream
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        public nint Allocator;
        public nint Internal;
        private readonly nint reservedPointer1, reservedPointer2, reservedPointer3, reservedPointer4;
        private readonly ulong seekPosition, reservedInteger2;
        private readonly nuint reservedInteger3, reservedInteger4;
        private readonly uint reservedEnum1, reservedEnum2;
    }

    /// <summary>lzma_options_lzma, as far as its first members; dictionary and position bits are set here, all others stay as lzma_lzma_preset left them.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    public struct LzmaOptions
    {
        public uint DictionarySize;
        public void* PresetDictionary;
        public uint PresetDictionarySize;
        public uint LiteralContextBits;
        public uint LiteralPositionBits;
        public uint PositionBits;
    }

    /// <summary>lzma_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Filter
    {
        public ulong Id;
        public void* Options;
    }

    [LibraryImport(Library)]
    public static partial byte lzma_lzma_preset(LzmaOptions* options, uint preset);

    [LibraryImport(Library)]
    public static partial Result lzma_stream_encoder(RawStream* stream, Filter* filters, int check);

    [LibraryImport(Library)]
    public static partial Result lzma_stream_decoder(RawStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    public static partial Result lzma_alone_decoder(RawStream* stream, ulong memoryLimit);

    [LibraryImport(Library)]
    public static partial Result lzma_code(RawStream* stream, Action action);

    [LibraryImport(Library)]
    private static partial void lzma_end(RawStream* stream);

    [LibraryImport(Library)]
    public static partial nint lzma_version_string();

    /// <summary>An lzma_stream in unmanaged memory. Initializing it again reuses what it has allocated.</summary>
    public sealed class Stream : SafeHandleZeroOrMinusOneIsInvalid
    {
        public Stream() : base(true) => SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(RawStream)));

        /// <summary>The stream; valid until the handle is disposed.</summary>
        public RawStream* Raw => (RawStream*)handle;

        protected override bool ReleaseHandle()
        {
            lzma_end((RawStream*)handle);
            NativeMemory.Free((void*)handle);
            return true;
        }
    }

    static LibLzma()
    {
        // Sizes as of the headers on 64-bit Linux; the reserved fields exist so that they stay so.
        if (Unsafe.SizeOf<RawStream>() != 136 || Unsafe.SizeOf<LzmaOptions>() != 112)
            throw new PlatformNotSupportedException("liblzma's structures have another layout here");
    }
}
