using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.RootFs;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>Prepares a <see cref="ChildPlan"/>: everything that the child needs, opened, encoded and in unmanaged memory.</summary>
internal sealed unsafe class StartPlan : IDisposable
{
    // Sources of the child's dup3(2) lie above every target.
    private const int Spare = 100;

    private readonly StartRequest _request;
    private readonly NativeBlock _memory = new();
    private readonly List<SafeFileHandle> _held = [];
    private readonly List<Duplication> _duplications = [];
    private StageOptions _options;

    /// <summary>Prepares it.</summary>
    /// <param name="request">What is to be started.</param>
    /// <param name="report">The child's end of the report socket.</param>
    /// <param name="outer">The outer stage's end.</param>
    public StartPlan(StartRequest request, SafeFileHandle report, SafeFileHandle outer)
    {
        _request = request;
        _options = request.Options;
        Namespaces = NamespaceEntry.From(request.Spec);
        Child = _memory.Allocate<ChildPlan>();
        try
        {
            Prepare(report, outer);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The plan.</summary>
    public ChildPlan* Child { get; }

    /// <summary>The system call filter, which is compiled after the clone; null for none.</summary>
    public FilterDelivery? Filter { get; private set; }

    /// <summary>The namespaces to make and to join.</summary>
    public NamespaceEntry Namespaces { get; }

    /// <summary>True when the child waits until it is put into its scope, has its network devices, and its ID maps are written.</summary>
    public bool ChildWaits => Namespaces.NewUser || _request.Cgroups.NeedsPlacing || _request.Spec.Linux?.NetDevices is { Count: > 0 };

    /// <summary>Path of the v1 cgroup that a door of the child's leads to.</summary>
    public string CgroupBehind(int door) => _request.Cgroups.Doors[door].Path;

    /// <summary>Closes what was opened for the child, which has its own copies after the clone.</summary>
    public void ReleaseDescriptors()
    {
        _held.ForEach(handle => handle.Dispose());
        _held.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Namespaces.Dispose();
        Filter?.Dispose();
        ReleaseDescriptors();
        _memory.Dispose();
    }

    private void Prepare(SafeFileHandle report, SafeFileHandle outer)
    {
        RuntimeSpec spec = _request.Spec;
        Child->Empty = _memory.Text("");
        Child->Image = Hold(SelfImage.Open());
        Child->Report = Move(Descriptor.Number(report));
        Child->OuterReport = Descriptor.Number(outer);
        Child->Waits = ChildWaits ? 1 : 0;
        Pass(_request.Config, StageProtocol.ConfigDescriptor);
        Pass(Descriptor.Number(report), StageProtocol.ReportDescriptor);
        if (_request.Terminal is { } terminal)
            Pass(Descriptor.Number(terminal), StageProtocol.TerminalDescriptor);
        if (_request.StartSocket is { } start)
        {
            Pass(Descriptor.Number(start), StageProtocol.StartDescriptor);
            _options = _options with { WaitsForStart = true };
        }
        RootChecks.Check(spec, Namespaces);
        if (FilterDelivery.For(_request) is { } filter)
        {
            Filter = filter;
            Pass(Descriptor.Number(filter.Program), StageProtocol.FilterDescriptor);
            if (filter.Page is { } page)
                Pass(Descriptor.Number(page), StageProtocol.ListenerDescriptor);
        }
        PrepareRoot(spec);
        PrepareTrees(spec);
        PrepareNamespaces();
        PrepareDoors();
        PrepareTime(spec);
        Child->TakeIds = Namespaces.NewUser || Namespaces.User is not null ? 1 : 0;
        Child->UserId = IdMaps.SetUpId(spec.Linux?.UidMappings, spec.Process?.User.Uid ?? 0);
        Child->GroupId = IdMaps.SetUpId(spec.Linux?.GidMappings, spec.Process?.User.Gid ?? 0);
        Child->Header.Version = CapabilityHeader.Version3;
        PrepareProgram(spec);
    }

    private void PrepareProgram(RuntimeSpec spec)
    {
        Child->DuplicationCount = _duplications.Count;
        Child->Duplications = _memory.Allocate<Duplication>(_duplications.Count);
        for (int i = 0; i < _duplications.Count; i++)
            Child->Duplications[i] = _duplications[i];
        List<string> arguments = _request.Mode == LaunchMode.Holder
            ? ["nsrun", "hold", spec.Annotations?.GetValueOrDefault("io.nstools.name") ?? "-"]
            : ["nsrun", "init", LaunchModes.Word(_request.Mode)];
        _options = _options with { WaitsForCgroup = _request.Cgroups.IsCompletedLate };
        _options.AppendTo(arguments);
        Child->Arguments = _memory.Vector(arguments);
        Child->Environment = _memory.Vector(InheritedEnvironment());
    }

    // With a new mount namespace the root is looked up in there: a descriptor from here would lie in the old one.
    private void PrepareRoot(RuntimeSpec spec)
    {
        if (spec.Root is not { } root)
            return;
        SafeFileHandle directory = Descriptor.Open(Path.GetFullPath(root.Path), O_PATH | O_DIRECTORY);
        if (Namespaces.NewMount)
        {
            directory.Dispose();
            return;
        }
        _duplications.Add(new() { Source = Hold(directory), Target = StageProtocol.RootDescriptor });
        _options = _options with { ChangesRoot = true };
    }

    private void PrepareTrees(RuntimeSpec spec)
    {
        using HostTrees trees = HostTrees.Open(spec, Namespaces);
        List<(int Index, int Descriptor)> passed = [];
        foreach ((int index, SafeFileHandle tree) in trees.All)
        {
            int target = StageProtocol.FirstTreeDescriptor + passed.Count;
            Pass(Descriptor.Number(tree), target);
            passed.Add((index, target));
        }
        _options = _options with { Trees = passed };
    }

    private void PrepareNamespaces()
    {
        ChildPlan* plan = Child;
        plan->Joins = _memory.Allocate<NamespaceJoin>(Namespaces.Joins.Count);
        foreach ((string type, _, SafeFileHandle handle) in Namespaces.Joins)
        {
            if (type == "mount" && !SelfImage.IsStatic)
            {
                Pass(Descriptor.Number(handle), StageProtocol.MountNamespaceDescriptor);
                _options = _options with { JoinsMount = true };
                continue;
            }
            plan->Joins[plan->JoinCount++] = new() { Descriptor = Descriptor.Number(handle), Flag = NamespaceKinds.Flag(type) };
        }
        plan->UserNamespace = Namespaces.User is { } user ? Descriptor.Number(user) : -1;
        plan->NewTime = Namespaces.NewTime ? 1 : 0;
        bool joins = plan->JoinCount > 0 || plan->UserNamespace >= 0;
        // Its procfs files are root's then, and could not be written where a new user or time namespace needs that.
        plan->Hides = joins && !Namespaces.NewUser && !Namespaces.NewTime ? 1 : 0;
        plan->NeedsSecond = joins && (Namespaces.NewFlags != 0 || Namespaces.JoinsPid) ? 1 : 0;
        ulong flags = (ulong)(uint)Namespaces.NewFlags;
        if (_request.Cgroups.IsAny && (flags & (uint)CLONE_NEWCGROUP) != 0)
        {
            flags &= ~(ulong)(uint)CLONE_NEWCGROUP;
            plan->NewCgroupNamespace = 1;
        }
        CloneArguments last = _request.Cgroups.CloneInto(new CloneArguments { Flags = flags });
        plan->First = (plan->NeedsSecond != 0 ? default : last) with { ExitSignal = Signals.Child };
        plan->Second = last with { Flags = last.Flags | (uint)CLONE_PARENT };
    }

    private void PrepareDoors()
    {
        IReadOnlyList<(SafeFileHandle Handle, string Path)> doors = _request.Cgroups.Doors;
        Child->Doors = _memory.Allocate<int>(doors.Count);
        Child->DoorCount = doors.Count;
        for (int i = 0; i < doors.Count; i++)
            Child->Doors[i] = Descriptor.Number(doors[i].Handle);
    }

    private void PrepareTime(RuntimeSpec spec)
    {
        Child->Proc = Hold(Descriptor.Open("/proc", O_PATH | O_DIRECTORY));
        Child->OffsetsPath = _memory.Text("self/timens_offsets");
        Child->TimeForChildrenPath = _memory.Text("self/ns/time_for_children");
        var text = new System.Text.StringBuilder();
        foreach ((string clock, TimeOffset offset) in spec.Linux?.TimeOffsets ?? new Dictionary<string, TimeOffset>())
            text.Append(CultureInfo.InvariantCulture, $"{clock} {offset.Secs} {offset.Nanosecs}\n");
        Child->Offsets = _memory.Text(text.ToString());
        Child->OffsetsLength = text.Length;
    }

    // What the launcher gave: PATH, and for a framework-dependent build what the .NET host looks at.
    private static List<string> InheritedEnvironment()
    {
        var result = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            result.Add($"{variable.Key}={variable.Value}");
        return result;
    }

    private void Pass(int source, int target) => _duplications.Add(new() { Source = Move(source), Target = target });

    private int Hold(SafeFileHandle handle)
    {
        using (handle)
        {
            return Move(Descriptor.Number(handle));
        }
    }

    private int Move(int descriptor)
    {
        SafeFileHandle copy = DescriptorTable.DuplicateAbove(descriptor, StageProtocol.FirstDescriptor + Spare + (_request.Spec.Mounts?.Count ?? 0));
        _held.Add(copy);
        return Descriptor.Number(copy);
    }
}
