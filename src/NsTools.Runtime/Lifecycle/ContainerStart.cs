using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Starts the inner stage in its namespaces: prepares a <see cref="ChildPlan"/>, clones, writes the ID maps, and
/// reads the report pipe until the program is executed (end of file) or a step has failed.
/// </summary>
internal sealed unsafe class ContainerStart : IDisposable
{
    // Sources of the child's dup3(2) lie above every target.
    private const int Spare = 100;

    private readonly RuntimeSpec _spec;
    private readonly LaunchMode _mode;
    private readonly NamespaceEntry _namespaces;
    private readonly NativeBlock _memory = new();
    private readonly List<SafeFileHandle> _held = [];
    private readonly CgroupEntry _cgroups;
    private readonly ChildPlan* _plan;

    private ContainerStart(RuntimeSpec spec, LaunchMode mode)
    {
        _spec = spec;
        _mode = mode;
        _namespaces = NamespaceEntry.From(spec);
        _cgroups = CgroupEntry.From(spec);
        _plan = _memory.Allocate<ChildPlan>();
    }

    /// <summary>Starts it.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="mode">How.</param>
    /// <param name="terminal">The inner stage's end of the socket for the pseudo-terminal; null for none.</param>
    /// <returns>The process ID.</returns>
    public static int Run(RuntimeSpec spec, LaunchMode mode, SafeFileHandle? terminal)
    {
        using var start = new ContainerStart(spec, mode);
        return start.Run(terminal);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _namespaces.Dispose();
        _held.ForEach(handle => handle.Dispose());
        _memory.Dispose();
    }

    private int Run(SafeFileHandle? terminal)
    {
        (SafeFileHandle reportRead, SafeFileHandle reportWrite) = DescriptorTable.Pipe();
        (SafeFileHandle mapsRead, SafeFileHandle mapsWrite) = DescriptorTable.Pipe();
        using (reportRead)
        using (mapsWrite)
        {
            int first;
            using (reportWrite)
            using (mapsRead)
            {
                Prepare(reportWrite, mapsRead, terminal);
                first = ChildProcedure.Start(_plan);
            }
            // The child's own copies are in _held; the pipe ends only when it executes or exits.
            _held.ForEach(handle => handle.Dispose());
            if (first < 0)
                throw new SyscallException("clone3", -first, null, NewNamespaces());
            return Follow(first, reportRead, mapsWrite);
        }
    }

    private void Prepare(SafeFileHandle report, SafeFileHandle maps, SafeFileHandle? terminal)
    {
        ChildPlan* plan = _plan;
        plan->Empty = _memory.Text("");
        plan->Image = Hold(SelfImage.Open());
        plan->Report = Move(report);
        plan->MapsWritten = _namespaces.NewUser || _cgroups.NeedsPlacing ? Move(maps) : -1;
        var duplications = new List<Duplication>
        {
            new() { Source = Move(LaunchProtocol.ConfigDescriptor), Target = StageProtocol.ConfigDescriptor },
            new() { Source = plan->Report, Target = StageProtocol.ReportDescriptor },
        };
        if (terminal is not null)
            duplications.Add(new() { Source = Move(terminal), Target = StageProtocol.TerminalDescriptor });
        List<string> arguments = _mode == LaunchMode.Holder
            ? ["nsrun", "hold", _spec.Annotations?.GetValueOrDefault("io.nstools.name") ?? "-"]
            : ["nsrun", "init", LaunchModes.Word(_mode)];
        PrepareRoot(duplications, arguments);
        PrepareNamespaces(duplications, arguments);
        PrepareTime();
        plan->TakeIds = _namespaces.NewUser || _namespaces.User is not null ? 1 : 0;
        plan->UserId = IdMaps.SetUpId(_spec.Linux?.UidMappings, _spec.Process?.User.Uid ?? 0);
        plan->GroupId = IdMaps.SetUpId(_spec.Linux?.GidMappings, _spec.Process?.User.Gid ?? 0);
        plan->Header.Version = CapabilityHeader.Version3;
        plan->DuplicationCount = duplications.Count;
        plan->Duplications = _memory.Allocate<Duplication>(duplications.Count);
        for (int i = 0; i < duplications.Count; i++)
            plan->Duplications[i] = duplications[i];
        plan->Arguments = _memory.Vector(arguments);
        plan->Environment = _memory.Vector(InheritedEnvironment());
    }

    // With a new mount namespace the root is looked up in there: a descriptor from here would lie in the old one.
    private void PrepareRoot(List<Duplication> duplications, List<string> arguments)
    {
        if (_spec.Root is not { } root)
            return;
        SafeFileHandle directory = Descriptor.Open(Path.GetFullPath(root.Path), O_PATH | O_DIRECTORY);
        if (_namespaces.NewMount)
        {
            directory.Dispose();
            return;
        }
        duplications.Add(new() { Source = Hold(directory), Target = StageProtocol.RootDescriptor });
        arguments.Add(StageProtocol.RootFlag);
    }

    private void PrepareNamespaces(List<Duplication> duplications, List<string> arguments)
    {
        ChildPlan* plan = _plan;
        plan->Joins = _memory.Allocate<NamespaceJoin>(_namespaces.Joins.Count);
        foreach ((string type, _, SafeFileHandle handle) in _namespaces.Joins)
        {
            if (type == "mount" && !SelfImage.IsStatic)
            {
                duplications.Add(new() { Source = Move(handle), Target = StageProtocol.MountNamespaceDescriptor });
                arguments.Add(StageProtocol.JoinMountFlag);
                continue;
            }
            plan->Joins[plan->JoinCount++] = new() { Descriptor = Descriptor.Number(handle), Flag = NamespaceKinds.Flag(type) };
        }
        plan->UserNamespace = _namespaces.User is { } user ? Descriptor.Number(user) : -1;
        plan->NewTime = _namespaces.NewTime ? 1 : 0;
        bool joins = plan->JoinCount > 0 || plan->UserNamespace >= 0;
        plan->NeedsSecond = joins && (_namespaces.NewFlags != 0 || _namespaces.JoinsPid) ? 1 : 0;
        ulong flags = (ulong)(uint)_namespaces.NewFlags;
        if (_cgroups.IsAny && (flags & (uint)CLONE_NEWCGROUP) != 0)
        {
            flags &= ~(ulong)(uint)CLONE_NEWCGROUP;
            plan->NewCgroupNamespace = 1;
        }
        CloneArguments last = _cgroups.CloneInto(new CloneArguments { Flags = flags });
        plan->First = (plan->NeedsSecond != 0 ? default : last) with { ExitSignal = Signals.Child };
        plan->Second = last with { Flags = last.Flags | (uint)CLONE_PARENT };
    }

    private void PrepareTime()
    {
        ChildPlan* plan = _plan;
        plan->Proc = Hold(Descriptor.Open("/proc", O_PATH | O_DIRECTORY));
        plan->OffsetsPath = _memory.Text("self/timens_offsets");
        plan->TimeForChildrenPath = _memory.Text("self/ns/time_for_children");
        var text = new System.Text.StringBuilder();
        foreach ((string clock, TimeOffset offset) in _spec.Linux?.TimeOffsets ?? new Dictionary<string, TimeOffset>())
            text.Append(CultureInfo.InvariantCulture, $"{clock} {offset.Secs} {offset.Nanosecs}\n");
        plan->Offsets = _memory.Text(text.ToString());
        plan->OffsetsLength = text.Length;
    }

    private int Follow(int first, SafeFileHandle reports, SafeFileHandle mapsWrite)
    {
        int pid = _plan->NeedsSecond != 0 ? 0 : first;
        try
        {
            if (pid != 0)
                LetGo(pid, mapsWrite);
            bool ready = false;
            byte[] buffer = new byte[LaunchReport.MaximumLength];
            while (ReadReport(reports, buffer) is var length and > 0)
            {
                if (buffer[0] != ChildReport.Mark)
                    throw LaunchReport.Decode(buffer.AsSpan(0, length))!.ToException();
                ChildReport report;
                fixed (byte* data = buffer)
                    report = *(ChildReport*)data;
                switch ((ChildStep)report.Step)
                {
                    case ChildStep.Started:
                        pid = report.Number;
                        _ = ChildProcess.TryReap(first, 0, out _);
                        LetGo(pid, mapsWrite);
                        break;
                    case ChildStep.Ready:
                        ready = true;
                        break;
                    default:
                        throw Failure(report);
                }
            }
            return ready ? pid : throw Died(pid);
        }
        catch
        {
            // Nothing is left running: what was cloned has exited after its report, or waits for maps in vain.
            foreach (int child in new[] { first, pid })
            {
                if (child > 0 && kill(child, SIGKILL) == 0)
                    _ = ChildProcess.TryReap(child, 0, out _);
            }
            throw;
        }
    }

    private static SyscallException Died(int pid)
    {
        _ = ChildProcess.TryReap(pid, 0, out int status);
        ProcessExit exit = ProcessExit.FromWaitStatus(status);
        string how = exit.Signal != 0 ? $"was killed by signal {exit.Signal}" : $"ended with exit code {exit.ExitCode}";
        return new SyscallException("execve", EIO, "nsrun", $"the inner stage {how} and told no reason");
    }

    // What has to be done to the child from outside, while it waits for it.
    private void LetGo(int pid, SafeFileHandle mapsWrite)
    {
        if (!_namespaces.NewUser && !_cgroups.NeedsPlacing)
            return;
        _cgroups.Place(pid);
        if (_namespaces.NewUser)
            IdMaps.Write(pid, _spec.Linux!);
        byte go = 1;
        _ = write(Descriptor.Number(mapsWrite), &go, 1);
    }

    private SyscallException Failure(ChildReport report)
    {
        int error = report.Number;
        return (ChildStep)report.Step switch
        {
            ChildStep.Join => new("setns", error, JoinPath(report.Index), $"joining the {NamespaceOf(report.Index)} namespace"),
            ChildStep.JoinUser => new("setns", error, _namespaces.UserPath, "joining the user namespace"),
            ChildStep.SecondClone => new("clone3", error, null, NewNamespaces()),
            ChildStep.CgroupNamespace => new("unshare", error, null, "making a cgroup namespace"),
            ChildStep.TimeUnshare => new("unshare", error, null, "making a time namespace"),
            ChildStep.TimeOffsets => new("write", error, "timens_offsets", "setting the clocks of the time namespace"),
            ChildStep.TimeJoin => new("setns", error, "time_for_children", "entering the new time namespace"),
            ChildStep.SetGroupId => new("setresgid", error, null, $"becoming group {_plan->GroupId} of the user namespace"),
            ChildStep.SetUserId => new("setresuid", error, null, $"becoming user {_plan->UserId} of the user namespace"),
            ChildStep.Capabilities => new("capset", error, null, "keeping capabilities in the user namespace"),
            ChildStep.Duplicate => new("dup3", error),
            _ => new("execveat", error, "nsrun", "starting nsrun inside the namespaces"),
        };
    }

    private (string Type, string Path) JoinAt(int index)
    {
        int number = _plan->Joins[index].Flag;
        (string type, string path, _) = _namespaces.Joins.Find(join => NamespaceKinds.Flag(join.Type) == number);
        return (type, path);
    }

    private string JoinPath(int index) => JoinAt(index).Path;

    private string NamespaceOf(int index) => JoinAt(index).Type;

    private string? NewNamespaces()
    {
        string names = string.Join(", ", NamespaceKinds.Names.Where(n => (NamespaceKinds.Flag(n) & _namespaces.NewFlags) != 0));
        return names.Length == 0 ? null : $"making new namespaces ({names})";
    }

    private static int ReadReport(SafeFileHandle reports, byte[] buffer)
    {
        fixed (byte* data = buffer)
        {
            // A first byte tells how long the report is: the child's are of one size, LaunchReports come one at the end.
            int length = ReadSome(reports, data, sizeof(ChildReport));
            if (length <= 0 || buffer[0] == ChildReport.Mark)
                return length;
            return length + ReadSome(reports, data + length, buffer.Length - length);
        }
    }

    private static int ReadSome(SafeFileHandle reports, byte* data, int limit)
    {
        long length;
        do
        {
            length = read(Descriptor.Number(reports), data, limit);
        }
        while (length < 0 && errno == EINTR);
        return length < 0 ? throw SyscallException.FromLastError("read", "report pipe") : (int)length;
    }

    // What the launcher gave: PATH, and for a framework-dependent build what the .NET host looks at.
    private static List<string> InheritedEnvironment()
    {
        var result = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            result.Add($"{variable.Key}={variable.Value}");
        return result;
    }

    private int Hold(SafeFileHandle handle)
    {
        using (handle)
        {
            return Move(handle);
        }
    }

    private int Move(SafeFileHandle handle) => Move(Descriptor.Number(handle));

    private int Move(int descriptor)
    {
        SafeFileHandle copy = DescriptorTable.DuplicateAbove(descriptor, Spare);
        _held.Add(copy);
        return Descriptor.Number(copy);
    }
}
