using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Seccomp;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// The outer stage's part in <c>linux.seccomp</c>. It compiles the filter while the inner stage sets up mounts, on another
/// processor where there is one, and writes it to a pipe. The descriptor of <c>SCMP_ACT_NOTIFY</c> it fetches out of
/// the inner stage, which can no longer be sure that any call of its own gets through, and sends it to the agent.
/// </summary>
internal sealed unsafe class FilterDelivery : IDisposable
{
    // linux/bpf_common.h, BPF_MAXINSNS, of 8 bytes each.
    private const int ProgramLimit = 4096 * 8;
    private const int SpinLimit = 2000;

    private readonly SeccompSpec _seccomp;
    private readonly string? _cacheDirectory;
    private readonly SafeFileHandle _output;
    private readonly ListenerPage? _page;
    private SafeFileHandle? _agent;

    private FilterDelivery(SeccompSpec seccomp, string? cacheDirectory)
    {
        _seccomp = seccomp;
        _cacheDirectory = cacheDirectory;
        (Program, _output) = DescriptorTable.Pipe();
        if (seccomp.HasListener)
            _page = ListenerPage.Make();
    }

    /// <summary>Where the inner stage reads the compiled filter from.</summary>
    public SafeFileHandle Program { get; }

    /// <summary>Memory shared with the inner stage (<see cref="ListenerPage"/>); null when no agent is asked.</summary>
    public SafeFileHandle? Page => _page?.Memory;

    /// <summary>What there is to deliver.</summary>
    /// <param name="request">What is started.</param>
    /// <returns>Null when there is no filter.</returns>
    public static FilterDelivery? For(StartRequest request) =>
        request.Mode != LaunchMode.Holder && request.Spec.Linux?.Seccomp is { } seccomp ? new FilterDelivery(seccomp, request.FilterCache) : null;

    /// <summary>Compiles the filter and sends it.</summary>
    /// <param name="warn">Takes a warning for the log.</param>
    /// <exception cref="RuntimeSpecException">It cannot be what the config asks for.</exception>
    /// <exception cref="SyscallException">A call failed; the agent does not listen.</exception>
    public void Send(Action<string>? warn)
    {
        if (_seccomp.HasListener)
            _agent = Connect(_seccomp.ListenerPath!);
        byte[] program = Compile(warn);
        // An empty pipe has room for it (pipe(7)): this does not wait for the inner stage.
        fixed (byte* data = program)
        {
            if (write(Descriptor.Number(_output), data, program.Length) != program.Length)
                throw SyscallException.FromLastError("write", null, "sending the filter to the inner stage");
        }
        _output.Dispose();
    }

    /// <summary>Fetches the notification descriptor from the inner stage, and sends it to the agent (config-linux.md, "The Container Process State").</summary>
    /// <param name="pid">The inner stage.</param>
    /// <param name="version">Version of the specification that the config complies with.</param>
    /// <param name="state">The container's state, JSON (runtime.md, "State").</param>
    /// <exception cref="SyscallException">A call failed, or the inner stage has died.</exception>
    public void HandOver(int pid, string version, ReadOnlySpan<byte> state)
    {
        using SafeFileHandle process = Pid.Open(pid);
        int number = AwaitDescriptor(process);
        int listener = (int)syscall(SyscallNumber.PidFdGetFd, Descriptor.Number(process), number, 0);
        if (listener < 0)
            throw SyscallException.FromLastError("pidfd_getfd", null, "fetching the descriptor of config $.linux.seccomp");
        using (new SafeFileHandle(listener, ownsHandle: true))
        using (_agent)
        {
            if (!UnixSocket.Send(Descriptor.Number(_agent!), Message(pid, version, state), listener))
                throw new SyscallException("sendmsg", EPIPE, _seccomp.ListenerPath, "the agent of config $.linux.seccomp.listenerPath has hung up");
        }
        _page!.Acknowledge();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Program.Dispose();
        _output.Dispose();
        _page?.Dispose();
        _agent?.Dispose();
    }

    private byte[] Compile(Action<string>? warn)
    {
        FilterCache? cache = FilterCache.Of(_cacheDirectory, _seccomp, SeccompFilter.LibraryVersion());
        if (cache?.Read() is ({ } known, var told))
        {
            if (told is not null)
                warn?.Invoke(told);
            return known;
        }
        using SafeFileHandle file = MemoryFile.Create("nsrun-seccomp");
        string? warning = SeccompFilter.Compile(_seccomp, Descriptor.Number(file));
        if (warning is not null)
            warn?.Invoke(warning);
        byte[] program = Read(file);
        if (program.Length > ProgramLimit)
            throw new RuntimeSpecException("$.linux.seccomp", $"it makes a filter of {program.Length / 8} instructions, and the kernel takes 4096");
        cache?.Write(program, warning);
        return program;
    }

    private int AwaitDescriptor(SafeFileHandle process)
    {
        for (int turn = 0; ; turn++)
        {
            if (_page!.Descriptor is { } number)
                return number;
            Thread.SpinWait(10);
            if (turn < SpinLimit)
                continue;
            var item = new pollfd { fd = Descriptor.Number(process), events = POLLIN };
            if (poll(&item, 1u, 1) > 0)
                throw new SyscallException("seccomp", ESRCH, null, "the inner stage has ended while it set its filter");
        }
    }

    private byte[] Message(int pid, string version, ReadOnlySpan<byte> state)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("ociVersion"u8, version);
            writer.WriteStartArray("fds"u8);
            writer.WriteStringValue("seccompFd"u8);
            writer.WriteEndArray();
            writer.WriteNumber("pid"u8, pid);
            if (_seccomp.ListenerMetadata is { } metadata)
                writer.WriteString("metadata"u8, metadata);
            writer.WritePropertyName("state"u8);
            writer.WriteRawValue(state);
            writer.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static SafeFileHandle Connect(string path)
    {
        try
        {
            return UnixAddress.Connect(path, SOCK_STREAM);
        }
        catch (SyscallException failure)
        {
            throw new SyscallException(failure.Syscall, failure.Number, path, "the agent of config $.linux.seccomp.listenerPath");
        }
    }

    private static byte[] Read(SafeFileHandle file)
    {
        stat status;
        if (fstat(Descriptor.Number(file), &status) < 0)
            throw SyscallException.FromLastError("fstat");
        byte[] content = new byte[(long)status.st_size];
        fixed (byte* data = content)
        {
            if (pread(Descriptor.Number(file), data, content.Length, 0) != content.Length)
                throw SyscallException.FromLastError("pread", null, string.Create(CultureInfo.InvariantCulture, $"reading a filter of {content.Length} bytes"));
        }
        return content;
    }
}
