using System.Runtime.InteropServices;
using System.Text;

namespace NsTools.Runtime.Lifecycle;

/// <summary>Unmanaged memory for a <see cref="ChildPlan"/> and what it points to; freed as one.</summary>
internal sealed unsafe class NativeBlock : IDisposable
{
    private readonly List<nint> _blocks = [];

    public T* Allocate<T>(int count = 1)
        where T : unmanaged
    {
        void* block = NativeMemory.AllocZeroed((nuint)Math.Max(count, 1), (nuint)sizeof(T));
        _blocks.Add((nint)block);
        return (T*)block;
    }

    public byte* Text(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        byte* block = Allocate<byte>(length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(block, length));
        return block;
    }

    public byte** Vector(IReadOnlyList<string> items)
    {
        byte** block = (byte**)Allocate<nint>(items.Count + 1);
        for (int i = 0; i < items.Count; i++)
            block[i] = Text(items[i]);
        return block;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
            NativeMemory.Free((void*)block);
        _blocks.Clear();
    }
}
