using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Processes;

/// <summary>Sets of signals (<c>sigsetops(3)</c>) and the thread's mask.</summary>
internal static unsafe class SignalSet
{
    /// <summary>Every signal.</summary>
    public static sigset_t All
    {
        get
        {
            sigset_t set;
            _ = sigfillset(&set);
            return set;
        }
    }

    /// <summary>The set of these signals.</summary>
    public static sigset_t Of(params ReadOnlySpan<int> signals)
    {
        sigset_t set;
        _ = sigemptyset(&set);
        foreach (int signal in signals)
            _ = sigaddset(&set, signal);
        return set;
    }

    /// <summary>Replaces the calling thread's mask (<c>pthread_sigmask(3)</c>).</summary>
    public static void SetMask(sigset_t blocked) => _ = pthread_sigmask(SIG_SETMASK, &blocked, null);
}
