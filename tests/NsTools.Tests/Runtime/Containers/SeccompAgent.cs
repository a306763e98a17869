using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Tests.Runtime.Containers;

/// <summary>An agent as config-linux.md has it: gets notification descriptors over a socket, and answers (<c>seccomp_unotify(2)</c>).</summary>
internal sealed unsafe class SeccompAgent : IDisposable
{
    // linux/seccomp.h
    private const int Receive = unchecked((int)0xC0502100);
    private const int Send = unchecked((int)0xC0182101);
    private const uint Continue = 1;

    private readonly SafeFileHandle _listener;
    private readonly int _error;
    private readonly Task _work;
    private int _calls;

    /// <summary>Listens.</summary>
    /// <param name="path">The socket's path.</param>
    /// <param name="error">The error of all calls that it is asked about; 0 lets them be.</param>
    public SeccompAgent(string path, int error)
    {
        _listener = UnixAddress.Listen(path, SOCK_STREAM);
        _error = error;
        _work = Task.Run(Serve);
    }

    /// <summary>What it was told with the descriptors.</summary>
    public List<JsonNode> States { get; } = [];

    /// <summary>How many calls it was asked about.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Waits until the containers that were announced have ended.</summary>
    public void Finish()
    {
        _ = shutdown(Descriptor.Number(_listener), 2);
        if (!_work.Wait(Launch.Limit))
            throw new TimeoutException("The agent is still asked.");
    }

    public void Dispose() => _listener.Dispose();

    private void Serve()
    {
        var answers = new List<Task>();
        while (true)
        {
            int connection = accept4(Descriptor.Number(_listener), null, null, SOCK_CLOEXEC);
            if (connection < 0)
                break;
            byte[] buffer = new byte[65536];
            int length;
            SafeFileHandle? notifications;
            using (new SafeFileHandle(connection, ownsHandle: true))
                length = UnixSocket.Receive(connection, buffer, out notifications);
            lock (States)
                States.Add(JsonNode.Parse(buffer.AsSpan(0, length))!);
            answers.Add(Task.Run(() =>
            {
                using (notifications)
                    Answer(notifications!);
            }));
        }
        Task.WaitAll([.. answers]);
    }

    private void Answer(SafeFileHandle notifications)
    {
        int descriptor = Descriptor.Number(notifications);
        Question question;
        while (true)
        {
            var item = new Tmds.Linux.pollfd { fd = descriptor, events = POLLIN };
            // POLLHUP: nobody is left under the filter.
            if (poll(&item, 1u, 20_000) <= 0 || (item.revents & POLLIN) == 0)
                return;
            question = default;
            if (ioctl(descriptor, Receive, &question) < 0)
                continue;
            Interlocked.Increment(ref _calls);
            var answer = new Reply { Id = question.Id, Error = -_error, Flags = _error == 0 ? Continue : 0 };
            _ = ioctl(descriptor, Send, &answer);
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private struct Question
    {
        public ulong Id;
        public uint ProcessId, Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Reply
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }
}
