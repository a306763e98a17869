using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Cgroups.Devices;

/// <summary>The commands of <c>bpf(2)</c> that device rules need.</summary>
internal static unsafe class BpfCall
{
    private const int Load = 5, Attach = 8, Detach = 9, OpenById = 13, InfoByDescriptor = 15, Query = 16;
    private const int CgroupDeviceProgram = 15; // BPF_PROG_TYPE_CGROUP_DEVICE
    private const int CgroupDeviceAttach = 6;   // BPF_CGROUP_DEVICE
    private const int AllowMulti = 2;           // BPF_F_ALLOW_MULTI
    private const int NameLength = 16;          // BPF_OBJ_NAME_LEN

    /// <summary>Loads a program into the kernel (<c>BPF_PROG_LOAD</c>).</summary>
    public static SafeFileHandle LoadDeviceProgram(ReadOnlySpan<Instruction> program, string name)
    {
        ReadOnlySpan<byte> license = "MIT\0"u8;
        fixed (Instruction* instructions = program)
        fixed (byte* licenseText = license)
        {
            LoadAttributes attributes = new()
            {
                Type = CgroupDeviceProgram,
                Count = (uint)program.Length,
                Instructions = (ulong)instructions,
                License = (ulong)licenseText,
            };
            for (int i = 0; i < Math.Min(name.Length, NameLength - 1); i++)
                attributes.Name[i] = (byte)name[i];
            int descriptor = Call(Load, &attributes, sizeof(LoadAttributes));
            return descriptor >= 0
                ? new SafeFileHandle(descriptor, ownsHandle: true)
                : throw SyscallException.FromLastError("bpf", null, "loading the device program");
        }
    }

    /// <summary>Attaches a program to a cgroup beside those that are there (<c>BPF_PROG_ATTACH</c>): a device must please all of them.</summary>
    public static void AttachTo(CgroupDirectory cgroup, SafeFileHandle program)
    {
        AttachAttributes attributes = new()
        {
            Target = cgroup.Number,
            Program = Descriptor.Number(program),
            Type = CgroupDeviceAttach,
            Flags = AllowMulti,
        };
        if (Call(Attach, &attributes, sizeof(AttachAttributes)) < 0)
            throw SyscallException.FromLastError("bpf", cgroup.ToString(), "attaching the device program");
    }

    /// <summary>Detaches a program (<c>BPF_PROG_DETACH</c>).</summary>
    public static void DetachFrom(CgroupDirectory cgroup, SafeFileHandle program)
    {
        AttachAttributes attributes = new()
        {
            Target = cgroup.Number,
            Program = Descriptor.Number(program),
            Type = CgroupDeviceAttach,
        };
        if (Call(Detach, &attributes, sizeof(AttachAttributes)) < 0)
            throw SyscallException.FromLastError("bpf", cgroup.ToString(), "detaching the device program that was there before");
    }

    /// <summary>IDs of the device programs attached to this very cgroup (<c>BPF_PROG_QUERY</c>).</summary>
    /// <returns>Null where the caller may not ask (<c>EPERM</c>) or the kernel cannot tell.</returns>
    public static uint[]? QueryPrograms(CgroupDirectory cgroup)
    {
        uint[] ids = new uint[64]; // BPF_CGROUP_MAX_PROGS
        fixed (uint* start = ids)
        {
            QueryAttributes attributes = new()
            {
                Target = cgroup.Number,
                Type = CgroupDeviceAttach,
                Ids = (ulong)start,
                Count = (uint)ids.Length,
            };
            return Call(Query, &attributes, sizeof(QueryAttributes)) < 0 ? null : ids[..(int)attributes.Count];
        }
    }

    /// <summary>Opens the program of a name that is attached to this very cgroup; null for none, or where the caller may not see.</summary>
    public static SafeFileHandle? TryOpenAttached(CgroupDirectory cgroup, string name)
    {
        foreach (uint id in QueryPrograms(cgroup) ?? [])
        {
            if (TryOpen(id) is not { } program)
                continue;
            if (Describe(program).Name == name)
                return program;
            program.Dispose();
        }
        return null;
    }

    /// <summary>Opens a program by its ID (<c>BPF_PROG_GET_FD_BY_ID</c>); null when it has gone meanwhile.</summary>
    public static SafeFileHandle? TryOpen(uint id)
    {
        // Only the first member of this command's attributes counts; the rest is zero.
        QueryAttributes attributes = new() { Target = (int)id };
        int descriptor = Call(OpenById, &attributes, sizeof(QueryAttributes));
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Name and instructions of a program (<c>BPF_OBJ_GET_INFO_BY_FD</c>); no instructions where the caller may not see them.</summary>
    public static (string Name, Instruction[] Instructions) Describe(SafeFileHandle program)
    {
        Instruction[] instructions = new Instruction[4096]; // BPF_MAXINSNS
        fixed (Instruction* start = instructions)
        {
            ProgramInfo info = new() { TranslatedLength = (uint)(instructions.Length * sizeof(Instruction)), Translated = (ulong)start };
            InfoAttributes attributes = new() { Descriptor = Descriptor.Number(program), Length = (uint)sizeof(ProgramInfo), Info = (ulong)(&info) };
            if (Call(InfoByDescriptor, &attributes, sizeof(InfoAttributes)) < 0)
                throw SyscallException.FromLastError("bpf", null, "reading a device program");
            string name = new((sbyte*)info.Name);
            return (name, instructions[..(int)(info.Translated == 0 ? 0 : info.TranslatedLength / (uint)sizeof(Instruction))]);
        }
    }

    private static int Call(int command, void* attributes, int size) =>
        (int)(long)(ssize_t)syscall(SyscallNumber.Bpf, command, attributes, size);

    // Members of union bpf_attr (linux/bpf.h) by command, as far as they are used; what is left out is zero for the kernel.
    [StructLayout(LayoutKind.Sequential)]
    private struct LoadAttributes
    {
        public uint Type;
        public uint Count;
        public ulong Instructions;
        public ulong License;
        public uint LogLevel;
        public uint LogSize;
        public ulong Log;
        public uint KernelVersion;
        public uint Flags;
        public fixed byte Name[NameLength];
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AttachAttributes
    {
        public int Target;
        public int Program;
        public int Type;
        public uint Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct QueryAttributes
    {
        public int Target;
        public int Type;
        public uint QueryFlags;
        public uint AttachFlags;
        public ulong Ids;
        public uint Count;
        public uint Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InfoAttributes
    {
        public int Descriptor;
        public uint Length;
        public ulong Info;
    }

    // The beginning of struct bpf_prog_info.
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgramInfo
    {
        public uint Type;
        public uint Id;
        public ulong Tag;
        public uint JitedLength;
        public uint TranslatedLength;
        public ulong Jited;
        public ulong Translated;
        public ulong LoadTime;
        public uint CreatedBy;
        public uint MapCount;
        public ulong Maps;
        public fixed byte Name[NameLength];
    }
}
