using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>A session keyring of the container's own (<c>session-keyring(7)</c>): keys of the caller stay the caller's.</summary>
internal static unsafe class SessionKeyring
{
    // linux/keyctl.h
    private const int KeyctlJoinSessionKeyring = 1;

    /// <summary>Makes and joins it.</summary>
    /// <param name="name">Its name; null keeps the caller's.</param>
    /// <exception cref="SyscallException">The kernel refused it, out of the user's quota for example.</exception>
    public static void Join(string? name)
    {
        if (name is null)
            return;
        fixed (byte* text = PathBytes.Of(name))
        {
            // A kernel without keyrings has none to keep apart.
            if ((int)syscall(SyscallNumber.KeyCtl, KeyctlJoinSessionKeyring, text) < 0 && errno != ENOSYS)
                throw SyscallException.FromLastError("keyctl", name, "making a session keyring");
        }
    }
}
