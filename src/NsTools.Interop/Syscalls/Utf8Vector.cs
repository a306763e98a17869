using System.Runtime.InteropServices;
using System.Text;

namespace NsTools.Interop.Syscalls;

/// <summary>Strings as <c>execve(2)</c> takes them: a NULL-ended vector of C strings in one block of unmanaged memory.</summary>
public sealed unsafe class Utf8Vector : IDisposable
{
    /// <summary>Copies the strings.</summary>
    /// <param name="items">The strings.</param>
    public Utf8Vector(IReadOnlyList<string> items)
    {
        int table = (items.Count + 1) * sizeof(byte*);
        int total = table;
        for (int i = 0; i < items.Count; i++)
            total += Encoding.UTF8.GetByteCount(items[i]) + 1;
        byte* block = (byte*)NativeMemory.Alloc((nuint)total);
        Pointer = (byte**)block;
        byte* next = block + table;
        for (int i = 0; i < items.Count; i++)
        {
            Pointer[i] = next;
            int length = Encoding.UTF8.GetBytes(items[i], new Span<byte>(next, (int)(block + total - next)));
            next[length] = 0;
            next += length + 1;
        }
        Pointer[items.Count] = null;
    }

    /// <summary>The vector.</summary>
    public byte** Pointer { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Pointer);
        Pointer = null;
    }
}
