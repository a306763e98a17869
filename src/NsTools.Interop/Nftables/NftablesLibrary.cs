using System.Runtime.InteropServices;

namespace NsTools.Interop.Nftables;

/// <summary>libnftables: what <c>nft</c> itself is made of (<c>libnftables(3)</c>).</summary>
internal static partial class NftablesLibrary
{
    // The ABI version that Debian, Fedora, Alpine and SUSE have had since nftables 0.9.1.
    private const string Library = "libnftables.so.1";

    /// <summary><c>NFT_CTX_OUTPUT_JSON</c>.</summary>
    public const uint OutputJson = 1 << 4;

    /// <summary><c>NFT_CTX_OUTPUT_HANDLE</c>: rules with their numbers.</summary>
    public const uint OutputHandle = 1 << 3;

    [LibraryImport(Library, EntryPoint = "nft_ctx_new")]
    public static partial nint NewContext(uint flags);

    [LibraryImport(Library, EntryPoint = "nft_ctx_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "nft_ctx_output_set_flags")]
    public static partial void SetOutputFlags(nint context, uint flags);

    [LibraryImport(Library, EntryPoint = "nft_ctx_buffer_output")]
    public static partial int BufferOutput(nint context);

    [LibraryImport(Library, EntryPoint = "nft_ctx_buffer_error")]
    public static partial int BufferError(nint context);

    [LibraryImport(Library, EntryPoint = "nft_run_cmd_from_buffer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Run(nint context, string commands);

    [LibraryImport(Library, EntryPoint = "nft_ctx_get_output_buffer")]
    public static partial nint GetOutput(nint context);

    [LibraryImport(Library, EntryPoint = "nft_ctx_get_error_buffer")]
    public static partial nint GetError(nint context);
}
