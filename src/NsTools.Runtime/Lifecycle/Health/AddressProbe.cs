using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Health;
using NsTools.Interop.Networking;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Health;

/// <summary>
/// Asks an address from within a network namespace. Whoever has started it ends it when its time is over: nothing here has
/// a limit of its own.
/// </summary>
internal static unsafe class AddressProbe
{
    private const int MostAnswer = 2048;
    private static readonly IPAddress[] s_local = [IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <summary>Does it.</summary>
    /// <param name="target">The address.</param>
    /// <param name="message">What came of it, in words.</param>
    /// <returns>True when it answers as it should.</returns>
    public static bool Run(HealthTarget target, out string message)
    {
        message = "";
        foreach (IPAddress address in IPAddress.TryParse(target.Host, out IPAddress? given) ? [given] : s_local)
        {
            string place = new IPEndPoint(address, target.Port).ToString();
            try
            {
                using SafeFileHandle socket = Connect(address, target.Port);
                if (!target.IsHttp)
                {
                    message = $"{place} takes connections";
                    return true;
                }
                return Ask(socket, target, out message);
            }
            catch (SyscallException refused)
            {
                // The first of them is what most listen on.
                message = message.Length > 0 ? message : $"{place}: {Errno.Describe(refused.Number)}";
            }
        }
        return false;
    }

    private static SafeFileHandle Connect(IPAddress ip, int port)
    {
        bool isSix = ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        int descriptor = socket(isSix ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            throw SyscallException.FromLastError("socket");
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        byte[] bytes = ip.GetAddressBytes();
        InternetAddress address = new()
        {
            Family = (ushort)(isSix ? AF_INET6 : AF_INET),
            Port = BinaryPrimitives.ReverseEndianness((ushort)port),
            FlowOrIPv4 = isSix ? 0 : BitConverter.ToUInt32(bytes),
            High = isSix ? BitConverter.ToUInt64(bytes) : 0,
            Low = isSix ? BitConverter.ToUInt64(bytes, 8) : 0,
        };
        // struct sockaddr_in is 16 bytes, sockaddr_in6 28 (ip(7), ipv6(7)).
        if (connect(descriptor, (sockaddr*)&address, isSix ? 28 : 16) < 0)
        {
            SyscallException refused = SyscallException.FromLastError("connect");
            handle.Dispose();
            throw refused;
        }
        return handle;
    }

    // RFC 9112. A status from 200 to 399 is Kubernetes' success.
    private static bool Ask(SafeFileHandle socket, HealthTarget target, out string message)
    {
        string host = target.Host.Contains(':', StringComparison.Ordinal) ? $"[{target.Host}]" : target.Host;
        List<string> headers = [.. target.Headers ?? []];
        foreach (string usual in (string[])[string.Create(CultureInfo.InvariantCulture, $"Host: {host}:{target.Port}"), "User-Agent: kube-probe/nstools", "Accept: */*"])
        {
            if (!headers.Exists(header => header.StartsWith(usual[..(usual.IndexOf(':', StringComparison.Ordinal) + 1)], StringComparison.OrdinalIgnoreCase)))
                headers.Insert(0, usual);
        }
        Send(socket, Encoding.UTF8.GetBytes($"GET {target.Path} HTTP/1.1\r\n{string.Concat(headers.Select(header => $"{header}\r\n"))}Connection: close\r\n\r\n"));
        string answer = Receive(socket);
        string status = answer.Split('\r', '\n')[0];
        message = status.Length > 0 ? status : "it closed the connection without an answer";
        return status.Split(' ') is [var version, var code, ..] && version.StartsWith("HTTP/", StringComparison.Ordinal)
            && int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 200 and < 400;
    }

    private static void Send(SafeFileHandle socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            long sent;
            fixed (byte* data = bytes)
                sent = (long)send(Descriptor.Number(socket), data, bytes.Length, MSG_NOSIGNAL);
            if (sent < 0)
                throw SyscallException.FromLastError("send");
            bytes = bytes[(int)sent..];
        }
    }

    // No further than its first line.
    private static string Receive(SafeFileHandle socket)
    {
        byte[] answer = new byte[MostAnswer];
        int length = 0;
        while (length < answer.Length && answer.AsSpan(0, length).IndexOf((byte)'\n') < 0)
        {
            long got;
            fixed (byte* data = answer)
                got = (long)recv(Descriptor.Number(socket), data + length, answer.Length - length, 0);
            if (got < 0)
                throw SyscallException.FromLastError("recv");
            if (got == 0)
                break;
            length += (int)got;
        }
        return Encoding.Latin1.GetString(answer, 0, length);
    }
}
