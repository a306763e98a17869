using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.Attachments;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// Somebody who gets what a container writes: over a socket (<see cref="AttachProtocol"/>), or over the two pipes with which
/// it was started. It is never waited for here: who is behind keeps the supervisor from reading on, as a full pipe does.
/// </summary>
internal sealed unsafe class AttachedClient : IDisposable
{
    private readonly SafeFileHandle _output;
    private readonly SafeFileHandle? _error;
    private bool _isErrorBehind;
    private int _rest;

    private AttachedClient(SafeFileHandle output, SafeFileHandle? error) => (_output, _error) = (output, error);

    /// <summary>True for one of a socket, who can say something, too.</summary>
    public bool IsSocket => _error is null;

    /// <summary>True when it does not listen any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>True when it has not yet taken all of the last packet.</summary>
    public bool IsBehind => _rest > 0 && !IsGone;

    /// <summary>What to poll to notice that it takes more, says something or is gone.</summary>
    public int Number => Descriptor.Number(IsBehind && _isErrorBehind ? _error! : _output);

    /// <summary>One of a socket.</summary>
    /// <param name="socket">The accepted connection, non-blocking.</param>
    public static AttachedClient OfSocket(SafeFileHandle socket) => new(socket, null);

    /// <summary>One of pipes.</summary>
    /// <param name="output">Descriptor of the pipe for standard output.</param>
    /// <param name="error">Descriptor of that for standard error.</param>
    public static AttachedClient OfPipes(int output, int error)
    {
        foreach (int descriptor in (ReadOnlySpan<int>)[output, error])
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK);
        return new AttachedClient(new SafeFileHandle(output, ownsHandle: true), new SafeFileHandle(error, ownsHandle: true));
    }

    /// <summary>Gives it a piece of a stream.</summary>
    /// <param name="packet">The packet; its letter says which stream.</param>
    public void Give(ReadOnlySpan<byte> packet)
    {
        _isErrorBehind = !IsSocket && packet[0] == AttachProtocol.Error;
        // Pipes get no letter.
        _rest = IsSocket ? packet.Length : packet.Length - 1;
        GiveRest(packet);
    }

    /// <summary>Goes on with it.</summary>
    /// <param name="packet">The same packet.</param>
    public void GiveRest(ReadOnlySpan<byte> packet)
    {
        while (IsBehind)
        {
            long taken;
            fixed (byte* data = packet[^_rest..])
            {
                taken = IsSocket
                    ? (long)send(Descriptor.Number(_output), data, _rest, MSG_DONTWAIT | MSG_NOSIGNAL)
                    : (long)write(Descriptor.Number(_isErrorBehind ? _error! : _output), data, _rest);
            }
            if (taken > 0)
                _rest -= (int)taken;
            else if (errno is var failure && failure == EAGAIN)
                return;
            else
                IsGone = failure != EINTR;
        }
    }

    /// <summary>Takes what it says.</summary>
    /// <param name="buffer">Where that goes.</param>
    /// <returns>The packet's length; 0 for none.</returns>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* data = buffer)
        {
            long length = (long)recv(Descriptor.Number(_output), data, buffer.Length, MSG_DONTWAIT);
            IsGone |= length == 0 || (length < 0 && errno is var failure && failure != EAGAIN && failure != EINTR);
            return (int)Math.Max(0, length);
        }
    }

    /// <summary>It has hung up: no packet of its own tells that on a pipe.</summary>
    public void Leave() => IsGone = true;

    public void Dispose()
    {
        _output.Dispose();
        _error?.Dispose();
    }
}
