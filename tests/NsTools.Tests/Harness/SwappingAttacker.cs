using System.Runtime.InteropServices;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Tests.Harness;

/// <summary>Exchanges two names all the time, so that each is now a directory, now a link that leads out.</summary>
internal sealed class SwappingAttacker : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _done;
    private long _swaps;

    public SwappingAttacker(string one, string other)
    {
        _thread = new Thread(() =>
        {
            while (!_done)
            {
                if (Exchange(one, other))
                    Interlocked.Increment(ref _swaps);
            }
        });
        _thread.Start();
    }

    public long Swaps => Interlocked.Read(ref _swaps);

    public void Dispose()
    {
        _done = true;
        _thread.Join();
    }

    // renameat2(2) with RENAME_EXCHANGE: both names exist at every moment. EBUSY while something is mounted on one.
    private static unsafe bool Exchange(string one, string other)
    {
        int number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 276 : 316;
        fixed (byte* oneBytes = PathBytes.Of(one), otherBytes = PathBytes.Of(other))
            return (int)LibC.syscall(number, LibC.AT_FDCWD, oneBytes, LibC.AT_FDCWD, otherBytes, 2) == 0;
    }
}
