using System.Runtime.InteropServices;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Everything that <see cref="ChildProcedure"/> needs, in unmanaged memory: after clone3(2) it can neither allocate
/// nor call anything that might.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChildPlan
{
    /// <summary>clone3(2) of the first child.</summary>
    public CloneArguments First;

    /// <summary>clone3(2) of the second one, after joining; used when <see cref="NeedsSecond"/>.</summary>
    public CloneArguments Second;

    /// <summary>1 when new namespaces, or a joined PID namespace, need a second child.</summary>
    public int NeedsSecond;

    /// <summary>1 when processes that are already in the namespaces may not look into the child (<c>PR_SET_DUMPABLE</c>).</summary>
    public int Hides;

    /// <summary>Namespaces to join, other than the user namespace.</summary>
    public NamespaceJoin* Joins;

    /// <summary>How many <see cref="Joins"/> there are.</summary>
    public int JoinCount;

    /// <summary>The user namespace to join; -1 for none.</summary>
    public int UserNamespace;

    /// <summary>The child's end of the report socket.</summary>
    public int Report;

    /// <summary>The outer stage's end of it, which the child closes: it sees the outer stage's end otherwise never.</summary>
    public int OuterReport;

    /// <summary>1 when the child waits on the socket until the ID maps are written and its scope is made.</summary>
    public int Waits;

    /// <summary>Files of v1 cgroups, to which the child writes <c>0</c> to be in them.</summary>
    public int* Doors;

    /// <summary>How many <see cref="Doors"/> there are.</summary>
    public int DoorCount;

    /// <summary>1 when a cgroup namespace is to be made after that: its root is the cgroup that its maker is in.</summary>
    public int NewCgroupNamespace;

    /// <summary>1 when a time namespace is to be made.</summary>
    public int NewTime;

    /// <summary>A descriptor of the host's procfs.</summary>
    public int Proc;

    /// <summary>Path of the offsets file below <see cref="Proc"/>.</summary>
    public byte* OffsetsPath;

    /// <summary>Path of the children's time namespace below <see cref="Proc"/>.</summary>
    public byte* TimeForChildrenPath;

    /// <summary>What to write to the offsets file.</summary>
    public byte* Offsets;

    /// <summary>Its length; 0 when there are no offsets.</summary>
    public int OffsetsLength;

    /// <summary>1 when the user namespace is new or joined, so that IDs are to be taken on in it.</summary>
    public int TakeIds;

    /// <summary>User ID to set the root file system up with.</summary>
    public uint UserId;

    /// <summary>Group ID to set the root file system up with.</summary>
    public uint GroupId;

    /// <summary>Header of capget(2) and capset(2).</summary>
    public CapabilityHeader Header;

    /// <summary>Both halves of the capability sets (version 3).</summary>
    public CapabilitySets Low, High;

    /// <summary>Descriptors to put on fixed numbers.</summary>
    public Duplication* Duplications;

    /// <summary>How many <see cref="Duplications"/> there are.</summary>
    public int DuplicationCount;

    /// <summary><c>nsrun</c> itself.</summary>
    public int Image;

    /// <summary>An empty C string.</summary>
    public byte* Empty;

    /// <summary>Arguments of the inner stage.</summary>
    public byte** Arguments;

    /// <summary>Environment of the inner stage.</summary>
    public byte** Environment;
}

/// <summary><c>struct clone_args</c> (<c>clone(2)</c>), as of Linux 5.7.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CloneArguments
{
    public ulong Flags, PidFd, ChildTid, ParentTid, ExitSignal, Stack, StackSize, Tls, SetTid, SetTidSize, Cgroup;
}

/// <summary>One namespace to join with setns(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NamespaceJoin
{
    public int Descriptor, Flag, Done;
}

/// <summary>One dup3(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Duplication
{
    public int Source, Target;
}

/// <summary><c>struct __user_cap_header_struct</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityHeader
{
    /// <summary>_LINUX_CAPABILITY_VERSION_3: two halves of 32 capabilities.</summary>
    public const uint Version3 = 0x20080522;

    public uint Version;
    public int ProcessId;
}

/// <summary><c>struct __user_cap_data_struct</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilitySets
{
    public uint Effective, Permitted, Inheritable;
}

/// <summary>What the child writes to the report socket.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChildReport
{
    /// <summary>Marks it apart from a <c>LaunchReport</c>, whose first byte is small.</summary>
    public const byte Mark = 0xC1;

    public byte Tag;
    public byte Step;
    public short Index;

    /// <summary>The error; with <see cref="ChildStep.Started"/> the process ID of the second child.</summary>
    public int Number;
}

/// <summary>Steps of <see cref="ChildProcedure"/>.</summary>
internal enum ChildStep : byte
{
    Started,
    Clone,
    Join,
    JoinUser,
    SecondClone,
    Maps,
    EnterCgroup,
    CgroupNamespace,
    TimeUnshare,
    TimeOffsets,
    TimeJoin,
    SetGroupId,
    SetUserId,
    Capabilities,
    Duplicate,
    Execute,

    /// <summary>Written by the inner stage: it waits until the hooks of the runtime's namespaces have run.</summary>
    RuntimeHooks,

    /// <summary>Written by the inner stage: it has all of its threads, and waits until its cgroup is complete.</summary>
    Cgroup,

    /// <summary>Written by the inner stage: it loads its filter, whose notification descriptor the agent is to get.</summary>
    Listener,

    /// <summary>Written by the inner stage: all is set up, and what comes next closes the socket or is a failure.</summary>
    Ready,
}
