using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Memory that both stages share, over which the inner one tells the number of its notification descriptor. Any system call
/// may be one that now waits for an agent who does not have that descriptor yet; memory needs none.
/// </summary>
internal sealed unsafe class ListenerPage : IDisposable
{
    private const int Length = 4096;
    private readonly int* _page;

    private ListenerPage(SafeFileHandle memory)
    {
        Memory = memory;
        void* page = mmap(null, Length, PROT_READ | PROT_WRITE, MAP_SHARED, Interop.Syscalls.Descriptor.Number(memory), 0);
        if (page == MAP_FAILED)
            throw SyscallException.FromLastError("mmap");
        _page = (int*)page;
    }

    /// <summary>The memory's file.</summary>
    public SafeFileHandle Memory { get; }

    /// <summary>The descriptor's number in the inner stage; null before it is there.</summary>
    public int? Descriptor => Volatile.Read(ref _page[0]) is var number and > 0 ? number - 1 : null;

    /// <summary>True when the agent has got it.</summary>
    public bool IsAcknowledged => Volatile.Read(ref _page[1]) != 0;

    /// <summary>Makes one.</summary>
    public static ListenerPage Make()
    {
        SafeFileHandle memory = MemoryFile.Create("nsrun-listener");
        if (ftruncate(Interop.Syscalls.Descriptor.Number(memory), Length) < 0)
            throw SyscallException.FromLastError("ftruncate");
        return new ListenerPage(memory);
    }

    /// <summary>Maps the one that the outer stage has made.</summary>
    public static ListenerPage Map() => new(new SafeFileHandle(StageProtocol.ListenerDescriptor, ownsHandle: false));

    /// <summary>Tells the number.</summary>
    /// <param name="descriptor">The number.</param>
    public void Tell(int descriptor) => Volatile.Write(ref _page[0], descriptor + 1);

    /// <summary>Says that the agent has got it.</summary>
    public void Acknowledge() => Volatile.Write(ref _page[1], 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = munmap(_page, Length);
        Memory.Dispose();
    }
}
