using System.Runtime.InteropServices;
using System.Text;

namespace NsTools.Interop.Syscalls;

/// <summary>A string as the C library takes it: UTF-8 in unmanaged memory, NUL at the end.</summary>
public sealed unsafe class Utf8Path : IDisposable
{
    /// <summary>Copies a string; null stays a null pointer.</summary>
    /// <param name="text">The string.</param>
    public Utf8Path(string? text)
    {
        if (text is null)
            return;
        int length = Encoding.UTF8.GetByteCount(text);
        Pointer = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(Pointer, length));
        Pointer[length] = 0;
    }

    /// <summary>The C string.</summary>
    public byte* Pointer { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
    }
}
