using Microsoft.Win32.SafeHandles;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Syscalls;

/// <summary>Unix sockets that have a name in the file system (<c>unix(7)</c>, "Pathname sockets").</summary>
public static unsafe class UnixAddress
{
    // struct sockaddr_un: sa_family_t sun_family; char sun_path[108].
    private const int PathOffset = sizeof(ushort);
    private const int PathLength = 108;

    /// <summary>Makes a socket of this name that accepts connections; a file of that name must not be there.</summary>
    /// <param name="path">Path of the socket, at most 107 bytes long.</param>
    /// <param name="type"><c>SOCK_STREAM</c> or another type.</param>
    /// <exception cref="SyscallException">It failed: <c>EADDRINUSE</c>, <c>ENAMETOOLONG</c>.</exception>
    public static SafeFileHandle Listen(string path, int type)
    {
        SafeFileHandle socket = Create(type);
        byte* address = stackalloc byte[PathOffset + PathLength];
        int length = Fill(address, path);
        if (bind(Descriptor.Number(socket), (Tmds.Linux.sockaddr*)address, length) == 0 && listen(Descriptor.Number(socket), 8) == 0)
            return socket;
        SyscallException failure = SyscallException.FromLastError("bind", path);
        socket.Dispose();
        throw failure;
    }

    /// <summary>Connects to the socket of this name.</summary>
    /// <param name="path">Path of the socket, at most 107 bytes long.</param>
    /// <param name="type">The socket's type.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="SyscallException">It failed: <c>ECONNREFUSED</c> when nobody listens any more.</exception>
    public static SafeFileHandle Connect(string path, int type)
    {
        SafeFileHandle socket = Create(type);
        byte* address = stackalloc byte[PathOffset + PathLength];
        int length = Fill(address, path);
        while (connect(Descriptor.Number(socket), (Tmds.Linux.sockaddr*)address, length) != 0)
        {
            if (errno == EINTR)
                continue;
            SyscallException failure = SyscallException.FromLastError("connect", path);
            socket.Dispose();
            throw failure;
        }
        return socket;
    }

    private static SafeFileHandle Create(int type)
    {
        int descriptor = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        return descriptor < 0 ? throw SyscallException.FromLastError("socket") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static int Fill(byte* address, string path)
    {
        byte[] bytes = PathBytes.Of(path);
        if (bytes.Length > PathLength)
            throw new SyscallException("bind", ENAMETOOLONG, path, "a socket's path has at most 107 bytes");
        *(ushort*)address = (ushort)(int)AF_UNIX;
        bytes.CopyTo(new Span<byte>(address + PathOffset, PathLength));
        return PathOffset + bytes.Length;
    }
}
