using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Interop.Terminals;
using NsTools.Runtime.Lifecycle;
using NsTools.Runtime.RootFs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Init;

/// <summary>Sets up the inside: session, names, mounts, root, terminal.</summary>
internal static unsafe class ContainerInit
{
    // linux/prctl.h
    private const int SetParentDeathSignal = 1;
    private const int SetDumpable = 4;

    public static void Enter(RuntimeSpec spec, LaunchMode mode, StageOptions options)
    {
        DescriptorTable.SetCloseOnExec(StageProtocol.FirstDescriptor);
        // What is already in the namespaces may neither trace this process nor open its descriptors (CVE-2016-9962, ptrace(2),
        // "Ptrace access mode checking"); execve(2) of the program takes that back. A holder is the container's own.
        if (mode != LaunchMode.Holder)
            _ = syscall(SyscallNumber.Prctl, SetDumpable, 0, 0, 0, 0);
        // A session of its own: no terminal of the caller's, and a process group that can be killed as a whole.
        _ = setsid();
        if (mode != LaunchMode.Holder && !options.IsDetached)
            DieWithMonitor();
        SessionKeyring.Join(options.Keyring);
        // No devpts in the container: its terminal comes from the host's.
        using SafeFileHandle? hostMultiplexer = mode == LaunchMode.Terminal ? PseudoTerminal.TryOpenMultiplexer("/dev/ptmx") : null;
        SetNames(spec);
        if (options.IsDetached)
            LoopbackDevice.BringUp(spec);
        using (RootEntry root = RootEntry.Begin(spec, options))
        {
            InnerHooks.BeforePivot(spec);
            // In a root of its own while that can be told from the host's.
            if (mode == LaunchMode.Terminal && root.Root is not null)
                InnerTerminal.Attach(root.Root, hostMultiplexer, spec);
            if (options.IsDetached && spec.Root is not null && root.Root is { } directory)
                WorkingDirectory.Create(directory, spec.Process!.Cwd);
            root.Complete();
            if (mode == LaunchMode.Terminal && root.Root is null)
                InnerTerminal.Attach(null, hostMultiplexer, spec);
        }
        if (mode == LaunchMode.Holder)
            LeaveDirectory();
    }

    /// <summary>
    /// Has the kernel kill this process when the monitor dies (<c>PR_SET_PDEATHSIG</c>). Changing user takes that
    /// back, so it is said again before the program is executed.
    /// </summary>
    public static void DieWithMonitor()
    {
        _ = syscall(SyscallNumber.Prctl, SetParentDeathSignal, Signals.Kill, 0, 0, 0);
        // It may be dead already. Nobody holds the other end of the report socket then.
        var report = new pollfd { fd = StageProtocol.ReportDescriptor, events = 0 };
        if (poll(&report, 1u, 0) > 0 && (report.revents & POLLHUP) != 0)
            _exit(1);
    }

    // A holder lives long, and must not keep its maker's directory busy. A program gets process.cwd later.
    private static void LeaveDirectory()
    {
        fixed (byte* root = "/\0"u8)
        {
            if (chdir(root) < 0)
                throw SyscallException.FromLastError("chdir", "/");
        }
    }

    private static void SetNames(RuntimeSpec spec)
    {
        if (spec.Hostname is { } host)
        {
            byte[] bytes = PathBytes.Of(host);
            fixed (byte* name = bytes)
            {
                if (sethostname(name, bytes.Length - 1) < 0)
                    throw SyscallException.FromLastError("sethostname", host);
            }
        }
        if (spec.Domainname is { } domain)
        {
            byte[] bytes = PathBytes.Of(domain);
            fixed (byte* name = bytes)
            {
                if (setdomainname(name, bytes.Length - 1) < 0)
                    throw SyscallException.FromLastError("setdomainname", domain);
            }
        }
    }
}
