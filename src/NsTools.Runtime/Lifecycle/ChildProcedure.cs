using System.Runtime.CompilerServices;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using Tmds.Linux;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// From clone3(2) to execveat(2). In the child only the calling thread exists, so nothing here may need another
/// one: straight-line code on a <see cref="ChildPlan"/>, no allocation, no exception, no call that is bound lazily.
/// </summary>
internal static unsafe class ChildProcedure
{
    // linux/capability.h, linux/prctl.h
    private const int PrSetDumpable = 4;
    private const int PrCapAmbient = 47;
    private const int PrCapAmbientRaise = 2;
    private const int LastCapability = 63;

    // Numbers are read before the clone: the properties' static constructor has then run.
    private readonly struct Numbers
    {
        public readonly nint Clone3 = SyscallNumber.Clone3, SetNs = SyscallNumber.SetNs, Write = SyscallNumber.Write,
            Read = SyscallNumber.Read, Exit = SyscallNumber.ExitGroup, Unshare = SyscallNumber.Unshare,
            OpenAt = SyscallNumber.OpenAt, SetResGid = SyscallNumber.SetResGid, SetResUid = SyscallNumber.SetResUid,
            CapGet = SyscallNumber.CapGet, CapSet = SyscallNumber.CapSet, Prctl = SyscallNumber.Prctl,
            Dup3 = SyscallNumber.Dup3, Close = SyscallNumber.Close, ExecveAt = SyscallNumber.ExecveAt;
        public readonly int WriteOnly = LibC.O_WRONLY | LibC.O_CLOEXEC, ReadOnly = LibC.O_RDONLY | LibC.O_CLOEXEC,
            EmptyPath = LibC.AT_EMPTY_PATH, InvalidArgument = LibC.EINVAL, NotPermitted = LibC.EPERM,
            Interrupted = LibC.EINTR, NewUser = LibC.CLONE_NEWUSER, NewCgroup = LibC.CLONE_NEWCGROUP;

        public Numbers()
        {
        }
    }

    /// <summary>Clones; the child carries out the plan and never returns.</summary>
    /// <param name="plan">The plan.</param>
    /// <returns>The child's process ID, or the negative error.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static int Start(ChildPlan* plan)
    {
        Numbers n = new();
        ChildReport report = default;
        report.Tag = ChildReport.Mark;
        RawSyscall.Bind();

        nint result = RawSyscall.Invoke(n.Clone3, (nint)(&plan->First), sizeof(CloneArguments), 0, 0, 0);
        if (result != 0)
            return result > 0 ? (int)result : -*RawSyscall.ErrnoLocation();

        RawSyscall.Invoke(n.Close, plan->OuterReport, 0, 0, 0, 0);
        // It has the outer stage's memory and descriptors, and will be seen by whoever is in there (CVE-2016-9962).
        if (plan->Hides != 0)
            RawSyscall.Invoke(n.Prctl, PrSetDumpable, 0, 0, 0, 0);
        // What the caller may join by its own privilege it joins first; for the rest the user namespace gives the
        // privilege (as nsenter(1): leaving privilege behind joins it last, gaining privilege joins it first).
        for (int i = 0; i < plan->JoinCount; i++)
        {
            NamespaceJoin* join = plan->Joins + i;
            if (RawSyscall.Invoke(n.SetNs, join->Descriptor, join->Flag, 0, 0, 0) == 0)
            {
                join->Done = 1;
            }
            else if (*RawSyscall.ErrnoLocation() != n.NotPermitted || plan->UserNamespace < 0)
            {
                report.Step = (byte)ChildStep.Join;
                report.Index = (short)i;
                goto failed;
            }
        }
        if (plan->UserNamespace >= 0)
        {
            report.Step = (byte)ChildStep.JoinUser;
            if (RawSyscall.Invoke(n.SetNs, plan->UserNamespace, n.NewUser, 0, 0, 0) < 0)
                goto failed;
            for (int i = 0; i < plan->JoinCount; i++)
            {
                NamespaceJoin* join = plan->Joins + i;
                if (join->Done != 0)
                    continue;
                report.Step = (byte)ChildStep.Join;
                report.Index = (short)i;
                if (RawSyscall.Invoke(n.SetNs, join->Descriptor, join->Flag, 0, 0, 0) < 0)
                    goto failed;
            }
        }
        report.Index = 0;

        if (plan->NeedsSecond != 0)
        {
            result = RawSyscall.Invoke(n.Clone3, (nint)(&plan->Second), sizeof(CloneArguments), 0, 0, 0);
            if (result < 0)
            {
                report.Step = (byte)ChildStep.SecondClone;
                goto failed;
            }
            if (result > 0)
            {
                // CLONE_PARENT made it the outer stage's child; this one has nothing more to do.
                report.Step = (byte)ChildStep.Started;
                report.Number = (int)result;
                RawSyscall.Invoke(n.Write, plan->Report, (nint)(&report), sizeof(ChildReport), 0, 0);
                RawSyscall.Invoke(n.Exit, 0, 0, 0, 0, 0);
            }
        }

        report.Step = (byte)ChildStep.EnterCgroup;
        byte self = (byte)'0';
        for (int i = 0; i < plan->DoorCount; i++)
        {
            report.Index = (short)i;
            if (RawSyscall.Invoke(n.Write, plan->Doors[i], (nint)(&self), 1, 0, 0) < 0)
                goto failed;
        }
        report.Index = 0;

        if (plan->Waits != 0)
        {
            byte go;
            do
            {
                result = RawSyscall.Invoke(n.Read, plan->Report, (nint)(&go), 1, 0, 0);
            }
            while (result < 0 && *RawSyscall.ErrnoLocation() == n.Interrupted);
            // End of file: the outer stage could not write them, and has reported that itself.
            if (result != 1)
                RawSyscall.Invoke(n.Exit, 1, 0, 0, 0, 0);
        }

        if (plan->NewCgroupNamespace != 0)
        {
            report.Step = (byte)ChildStep.CgroupNamespace;
            if (RawSyscall.Invoke(n.Unshare, n.NewCgroup, 0, 0, 0, 0) < 0)
                goto failed;
        }

        // time_namespaces(7): only children would enter it, and once one has, the offsets are final; so unshare,
        // write, and enter by setns(2). Before the IDs change, because that makes /proc/self/… root's own.
        if (plan->NewTime != 0)
        {
            report.Step = (byte)ChildStep.TimeUnshare;
            if (RawSyscall.Invoke(n.Unshare, NamespaceKinds.CloneNewTime, 0, 0, 0, 0) < 0)
                goto failed;
            if (plan->OffsetsLength > 0)
            {
                report.Step = (byte)ChildStep.TimeOffsets;
                nint file = RawSyscall.Invoke(n.OpenAt, plan->Proc, (nint)plan->OffsetsPath, n.WriteOnly, 0, 0);
                if (file < 0 || RawSyscall.Invoke(n.Write, file, (nint)plan->Offsets, plan->OffsetsLength, 0, 0) < 0)
                    goto failed;
            }
            report.Step = (byte)ChildStep.TimeJoin;
            nint time = RawSyscall.Invoke(n.OpenAt, plan->Proc, (nint)plan->TimeForChildrenPath, n.ReadOnly, 0, 0);
            if (time < 0 || RawSyscall.Invoke(n.SetNs, time, NamespaceKinds.CloneNewTime, 0, 0, 0) < 0)
                goto failed;
        }

        if (plan->TakeIds != 0)
        {
            // EINVAL: the namespace, which somebody else made, has no such ID. The overflow ID stays then.
            nint id = (nint)plan->GroupId;
            report.Step = (byte)ChildStep.SetGroupId;
            if (RawSyscall.Invoke(n.SetResGid, id, id, id, 0, 0) < 0 && *RawSyscall.ErrnoLocation() != n.InvalidArgument)
                goto failed;
            id = (nint)plan->UserId;
            report.Step = (byte)ChildStep.SetUserId;
            result = RawSyscall.Invoke(n.SetResUid, id, id, id, 0, 0);
            if (result < 0 && *RawSyscall.ErrnoLocation() != n.InvalidArgument)
                goto failed;
            if (result < 0 || id != 0)
            {
                // Only user 0 keeps its capabilities through execve(2); another needs them ambient
                // (capabilities(7)). The inner stage takes that back before it executes the program.
                report.Step = (byte)ChildStep.Capabilities;
                if (RawSyscall.Invoke(n.CapGet, (nint)(&plan->Header), (nint)(&plan->Low), 0, 0, 0) < 0)
                    goto failed;
                plan->Low.Inheritable = plan->Low.Permitted;
                plan->High.Inheritable = plan->High.Permitted;
                if (RawSyscall.Invoke(n.CapSet, (nint)(&plan->Header), (nint)(&plan->Low), 0, 0, 0) < 0)
                    goto failed;
                // A number beyond the kernel's last one, or one that is not permitted, is refused: nothing to raise.
                for (int capability = 0; capability <= LastCapability; capability++)
                    RawSyscall.Invoke(n.Prctl, PrCapAmbient, PrCapAmbientRaise, capability, 0, 0);
            }
        }

        report.Step = (byte)ChildStep.Duplicate;
        for (int i = 0; i < plan->DuplicationCount; i++)
        {
            Duplication* duplication = plan->Duplications + i;
            if (RawSyscall.Invoke(n.Dup3, duplication->Source, duplication->Target, 0, 0, 0) < 0)
                goto failed;
        }

        report.Step = (byte)ChildStep.Execute;
        RawSyscall.Invoke(n.ExecveAt, plan->Image, (nint)plan->Empty, (nint)plan->Arguments, (nint)plan->Environment, n.EmptyPath);

    failed:
        report.Number = *RawSyscall.ErrnoLocation();
        RawSyscall.Invoke(n.Write, plan->Report, (nint)(&report), sizeof(ChildReport), 0, 0);
        RawSyscall.Invoke(n.Exit, 1, 0, 0, 0, 0);
        return 0;
    }
}
