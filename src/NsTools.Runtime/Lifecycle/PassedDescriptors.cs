using System.Globalization;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The caller's descriptors that the program gets: <c>LISTEN_FDS</c> first, then <c>--preserve-fds</c>.</summary>
internal static class PassedDescriptors
{
    /// <summary>Makes sure that they are there, and has everything else closed for every program that is started.</summary>
    /// <param name="preserved">Value of <c>--preserve-fds</c>.</param>
    /// <returns>How many there are altogether, and how many of them come from <c>LISTEN_FDS</c>.</returns>
    /// <exception cref="ContainerException">One of them is not open.</exception>
    public static (int All, int Listening) Take(int preserved)
    {
        int listening = int.TryParse(System.Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
        int all = listening + preserved;
        for (int i = 0; i < all; i++)
        {
            int descriptor = STDERR_FILENO + 1 + i;
            // What is ours is close-on-exec; what was inherited cannot be.
            int flags = fcntl(descriptor, F_GETFD);
            if (flags < 0 || (flags & FD_CLOEXEC) != 0)
                throw new ContainerException(string.Create(CultureInfo.InvariantCulture, $"descriptor {descriptor} is to be passed to the program, but is not open"));
        }
        StageProtocol.Preserved = all;
        DescriptorTable.SetCloseOnExec(STDERR_FILENO + 1 + all);
        return (all, listening);
    }
}
