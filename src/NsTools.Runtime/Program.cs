using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands;
using static Tmds.Linux.LibC;

// Executed from a descriptor, the kernel calls it memfd:nsrun; ps(1) and top(1) shall show its name.
const int PrSetName = 15;
unsafe
{
    fixed (byte* name = "nsrun\0"u8)
        _ = syscall(SyscallNumber.Prctl, PrSetName, name);
}
NsTools.Runtime.Lifecycle.PhaseTrace.Mark("main");
return CommandLine.Run(args);
