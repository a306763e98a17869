using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.RootFs;

/// <summary>
/// A user namespace that exists for its ID mappings only: <c>mount_setattr(2)</c> takes the mappings of an idmapped
/// mount from a namespace, and a namespace begins with a process.
/// </summary>
internal static unsafe class MappingNamespace
{
    /// <summary>Makes one; the process that it takes has ended when this returns.</summary>
    /// <param name="users">User ID mappings.</param>
    /// <param name="groups">Group ID mappings.</param>
    /// <exception cref="SyscallException">It cannot be made, or a mapping was refused.</exception>
    public static SafeFileHandle Make(IReadOnlyList<IdMapping> users, IReadOnlyList<IdMapping> groups)
    {
        (SafeFileHandle wait, SafeFileHandle go) = DescriptorTable.Pipe();
        using (wait)
        using (go)
        {
            int child = Start(Descriptor.Number(wait), Descriptor.Number(go));
            try
            {
                IdMaps.Write(child, new LinuxSpec { UidMappings = users, GidMappings = groups });
                return Descriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{child}/ns/user"), O_RDONLY);
            }
            finally
            {
                _ = kill(child, SIGKILL);
                _ = ChildProcess.TryReap(child, 0, out _);
            }
        }
    }

    // The child is a copy of one thread of ours: nothing but raw calls (see ChildProcedure).
    private static int Start(int wait, int go)
    {
        RawSyscall.Bind();
        nint clone3 = SyscallNumber.Clone3, readNumber = SyscallNumber.Read, exit = SyscallNumber.ExitGroup, closeRange = SyscallNumber.CloseRange;
        CloneArguments arguments = new() { Flags = (ulong)(uint)CLONE_NEWUSER, ExitSignal = Signals.Child };
        nint result = RawSyscall.Invoke(clone3, (nint)(&arguments), sizeof(CloneArguments), 0, 0, 0);
        if (result == 0)
        {
            // Its own copy of the other end closed, it ends with us whatever happens.
            RawSyscall.Invoke(closeRange, go, go, 0, 0, 0);
            byte nothing;
            RawSyscall.Invoke(readNumber, wait, (nint)(&nothing), 1, 0, 0);
            RawSyscall.Invoke(exit, 0, 0, 0, 0, 0);
        }
        return result > 0 ? (int)result : throw new SyscallException("clone3", *RawSyscall.ErrnoLocation(), null, "making a user namespace for an idmapped mount");
    }
}
