using System.Runtime.InteropServices;

namespace NsTools.Interop.Nftables;

/// <summary>
/// A context of libnftables, speaking JSON (<c>libnftables-json(5)</c>). It belongs to the network namespace of the
/// thread that made it; only that thread uses it.
/// </summary>
public sealed class NftablesContext : IDisposable
{
    // The library keeps the names of links for all contexts, and frees them with any (src/iface.c).
    private static readonly Lock s_library = new();
    private nint _context;

    private NftablesContext(nint context) => _context = context;

    /// <summary>Makes a context in the calling thread's network namespace.</summary>
    /// <exception cref="DllNotFoundException">The library is not installed.</exception>
    /// <exception cref="NftablesException">It could not be made.</exception>
    public static NftablesContext Open()
    {
        NftablesContext opened;
        lock (s_library)
            opened = new NftablesContext(NftablesLibrary.NewContext(0));
        if (opened._context == 0)
            throw new NftablesException("libnftables could not make a context.");
        // Without buffers it would write to the terminal.
        if (NftablesLibrary.BufferOutput(opened._context) != 0 || NftablesLibrary.BufferError(opened._context) != 0)
        {
            opened.Dispose();
            throw new NftablesException("libnftables could not make its buffers.");
        }
        // With JSON as output, JSON is what it takes as input too.
        NftablesLibrary.SetOutputFlags(opened._context, NftablesLibrary.OutputJson | NftablesLibrary.OutputHandle);
        return opened;
    }

    /// <summary>Runs commands as one transaction: all of it is done, or nothing.</summary>
    /// <param name="json">The commands: <c>{"nftables": […]}</c>.</param>
    /// <returns>What it answers, JSON too; empty for commands that have no answer.</returns>
    /// <exception cref="NftablesException">It was refused; the words are libnftables' own.</exception>
    public string Run(string json)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        int result;
        string output, error;
        lock (s_library)
        {
            result = NftablesLibrary.Run(_context, json);
            output = Text(NftablesLibrary.GetOutput(_context));
            error = Text(NftablesLibrary.GetError(_context));
        }
        return result == 0 ? output : throw new NftablesException(error.Length > 0 ? error : $"libnftables failed with {result}.");
    }

    /// <summary>Frees it, in a moment.</summary>
    public void Dispose()
    {
        nint context = Interlocked.Exchange(ref _context, 0);
        if (context != 0)
            NftablesGrace.Run(() => Free(context));
    }

    private static void Free(nint context)
    {
        lock (s_library)
            NftablesLibrary.FreeContext(context);
    }

    private static string Text(nint buffer) => buffer == 0 ? "" : Marshal.PtrToStringUTF8(buffer)!.Trim();
}
