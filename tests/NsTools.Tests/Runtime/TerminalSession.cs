using System.Text;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Runtime;

/// <summary>A program under <c>nsrun launch terminal</c>, on a pseudo-terminal that the test made and looks at.</summary>
internal sealed unsafe class TerminalSession : IDisposable
{
    private readonly PseudoTerminal _terminal = PseudoTerminal.From(PseudoTerminal.TryOpenMultiplexer("/dev/ptmx")!);
    private readonly SafeFileHandle _link;
    private readonly StringBuilder _output = new();
    private readonly Task _reader;
    private bool _reaped;
    private volatile bool _disposed;
    private int _seen;

    public TerminalSession(string program, ushort rows, ushort columns)
        : this([program], rows, columns)
    {
    }

    public TerminalSession(string[] arguments, ushort rows, ushort columns)
        : this(Launch.Spec(null, ["uts"], arguments), rows, columns)
    {
    }

    public TerminalSession(RuntimeSpec spec, ushort rows, ushort columns)
    {
        Resize(rows, columns);
        ModesBefore = Modes();
        (_link, SafeFileHandle theirs) = UnixSocket.Pair(LibC.SOCK_SEQPACKET);
        using SafeFileHandle config = MemoryFile.Create("config.json", RuntimeSpecJson.Serialize(spec));
        using SafeFileHandle high = DescriptorTable.DuplicateAbove(Descriptor.Number(config), 100);
        using SafeFileHandle report = DescriptorTable.DuplicateAbove(Descriptor.Number(theirs), 100);
        theirs.Dispose();
        int slave = Descriptor.Number(_terminal.Slave);
        Monitor = PosixSpawn.Start(
            Launch.RuntimePath,
            ["nsrun", "launch", "terminal"],
            ["PATH=/usr/bin:/bin"],
            [(slave, 0), (slave, 1), (slave, 2), (Descriptor.Number(high), LaunchProtocol.ConfigDescriptor), (Descriptor.Number(report), LaunchProtocol.ReportDescriptor)],
            SpawnGroup.NewSession,
            LaunchProtocol.BlockedSignals);
        _reader = Task.Run(ReadOutput);
        report.Dispose();
        Program = Receive(LaunchReportKind.Started);
    }

    public int Monitor { get; }

    public int Program { get; }

    public string ModesBefore { get; }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public void Type(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* data = bytes)
            Assert.Equal(bytes.Length, (int)LibC.write(Descriptor.Number(_terminal.Master), data, bytes.Length));
    }

    public void Expect(string text) => Assert.True(TryExpect(text, Launch.Limit), $"'{text}' did not come. What came: {Output}");

    public bool TryExpect(string text, TimeSpan limit)
    {
        DateTime end = DateTime.UtcNow + limit;
        while (true)
        {
            int at = Output.IndexOf(text, _seen, StringComparison.Ordinal);
            if (at >= 0)
            {
                _seen = at + text.Length;
                return true;
            }
            if (DateTime.UtcNow > end)
                return false;
            Thread.Sleep(5);
        }
    }

    public void Resize(ushort rows, ushort columns)
    {
        var size = new winsize { ws_row = rows, ws_col = columns };
        Assert.Equal(0, LibC.ioctl(Descriptor.Number(_terminal.Master), LibC.TIOCSWINSZ, &size));
        // Not the controlling terminal of the monitor's session, so the kernel tells nobody: the test does.
        if (Monitor != 0)
            _ = LibC.kill(Monitor, Signals.WindowChange);
    }

    public string Modes()
    {
        termios modes;
        Assert.Equal(0, LibC.tcgetattr(Descriptor.Number(_terminal.Slave), &modes));
        return $"{(uint)modes.c_iflag:x} {(uint)modes.c_oflag:x} {(uint)modes.c_cflag:x} {(uint)modes.c_lflag:x}";
    }

    /// <summary>The inner terminal's foreground process group, as proc_pid_stat(5) has it.</summary>
    public int Foreground()
    {
        string stat = File.ReadAllText($"/proc/{Program}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[5], System.Globalization.CultureInfo.InvariantCulture);
    }

    public ProcessExit Exit()
    {
        ProcessExit exit = ProcessExit.FromWaitStatus(Receive(LaunchReportKind.Exited));
        Reap();
        return exit;
    }

    public void Abandon()
    {
        _link.Dispose();
        Reap();
    }

    public void Dispose()
    {
        _link.Dispose();
        Reap();
        _disposed = true;
        _reader.Wait(Launch.Limit);
        _terminal.Dispose();
    }

    private void Reap()
    {
        if (_reaped)
            return;
        _reaped = true;
        ChildProcess.Wait(Monitor);
    }

    private int Receive(LaunchReportKind kind)
    {
        byte[] buffer = new byte[LaunchReport.MaximumLength];
        int length = UnixSocket.Receive(Descriptor.Number(_link), buffer, out SafeFileHandle? passed);
        passed?.Dispose();
        LaunchReport report = LaunchReport.Decode(buffer.AsSpan(0, length)) ?? throw new EndOfStreamException("no report");
        return report.Kind == kind ? report.Number : throw report.ToException();
    }

    private void ReadOutput()
    {
        byte* buffer = stackalloc byte[4096];
        // The test keeps the other end open to look at its modes, so no end of file would end this.
        while (!_disposed)
        {
            var item = new pollfd { fd = Descriptor.Number(_terminal.Master), events = LibC.POLLIN };
            if (LibC.poll(&item, 1u, 20) <= 0)
                continue;
            long length = LibC.read(item.fd, buffer, 4096);
            if (length <= 0)
                return;
            lock (_output)
                _output.Append(Encoding.UTF8.GetString(buffer, (int)length));
        }
    }
}
