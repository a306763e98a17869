using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Networking.Agents;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun network</c>: opens sockets and files in the network namespace that it was started in, for whoever has the
/// other end of its standard input. The module runs it in an ordinary user's own namespaces.
/// </summary>
internal static class NetworkCommand
{
    public static int Run()
    {
        try
        {
            using SafeFileHandle socket = new(STDIN_FILENO, ownsHandle: false);
            NetworkAgent.Serve(socket);
            return 0;
        }
        catch (SyscallException failure)
        {
            return StandardStream.Fail(failure.Message);
        }
    }
}
