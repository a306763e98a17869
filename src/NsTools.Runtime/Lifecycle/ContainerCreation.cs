using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands;
using NsTools.Runtime.Lifecycle.State;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// <c>create</c>, and the first half of <c>run</c> (runtime.md, "Lifecycle", 2 to 5): the environment of the config is
/// made, the hooks that belong there run, and what fails is undone to the last directory.
/// </summary>
internal sealed class ContainerCreation
{
    private readonly CreateRequest _request;
    private readonly RuntimeSpec _spec;
    private readonly byte[] _json;
    private readonly Container _container;
    private ContainerRecord _record;
    private CgroupEntry? _cgroup;
    private bool _hasRunHooks;

    private ContainerCreation(CreateRequest request, RuntimeSpec spec, byte[] json, Container container)
    {
        _request = request;
        _spec = spec;
        _json = json;
        _container = container;
        _record = new ContainerRecord
        {
            OciVersion = spec.OciVersion,
            Id = request.Id,
            Bundle = request.Bundle,
            Root = spec.Root is { } root ? Path.GetFullPath(root.Path) : null,
            Created = DateTimeOffset.UtcNow,
            Owner = geteuid(),
            IsRootless = request.IsRootless,
            NoPivot = request.NoPivot,
            HasKeyring = !request.NoNewKeyring,
            Annotations = spec.Annotations,
        };
    }

    /// <summary>Creates a container.</summary>
    /// <param name="store">Where.</param>
    /// <param name="request">What.</param>
    /// <returns>The container, its process, and with a terminal that nobody else has taken its master.</returns>
    public static CreatedContainer Run(ContainerStore store, CreateRequest request)
    {
        ContainerId.Require(request.Id);
        (int preserved, int listening) = PassedDescriptors.Take(request.PreserveDescriptors);
        byte[] json = Bundle.Enter(request.Bundle, request.Config);
        RuntimeSpec spec = RuntimeSpecJson.Deserialize(json);
        foreach (string warning in RuntimeSpecValidator.Validate(spec, needsProcess: true))
            RuntimeLog.Warning(warning);
        ConsoleSocket.Check(spec.Process!.Terminal, request.IsDetached, request.ConsoleSocket);
        PhaseTrace.Mark("config");
        Container container = store.Claim(request.Id, out SafeFileHandle directoryLock);
        using (directoryLock)
        {
            return new ContainerCreation(request, spec, json, container).Run(directoryLock, new StageOptions
            {
                IsDetached = true,
                NoPivot = request.NoPivot,
                Preserved = preserved,
                Listening = listening,
                Keyring = request.NoNewKeyring ? null : $"_ses.{request.Id}",
            });
        }
    }

    private CreatedContainer Run(SafeFileHandle directory, StageOptions options)
    {
        TerminalLink? link = null;
        try
        {
            _container.Write(_record);
            using SafeFileHandle config = _container.KeepConfig(_json);
            PhaseTrace.Mark("state");
            MakeCgroup();
            PhaseTrace.Mark("cgroup");
            using SafeFileHandle? start = _request.WaitsForStart ? Container.ListenForStart(directory) : null;
            using SafeFileHandle? console = ConsoleSocket.Connect(_request.ConsoleSocket);
            bool hasTerminal = _spec.Process!.Terminal;
            link = hasTerminal && console is null ? new TerminalLink() : null;
            int pid = ContainerStart.Run(new StartRequest
            {
                Spec = _spec,
                Config = Descriptor.Number(config),
                Mode = hasTerminal ? LaunchMode.Terminal : LaunchMode.Attached,
                Cgroups = _cgroup!,
                Options = options,
                Terminal = console ?? link?.Inner,
                StartSocket = start,
                Interruption = _request.Interruption,
                RuntimeHooks = RunRuntimeHooks,
                Started = Started,
                State = pid => OciState.ForHooks(_record, ContainerStatus.Creating, pid),
                FilterCache = Path.GetDirectoryName(_container.Directory),
                Warn = RuntimeLog.Warning,
            });
            PhaseTrace.Mark("started");
            PidFile.Write(_request.PidFile, pid);
            return new CreatedContainer(_container, _record, _spec, pid, link?.ReceiveMaster());
        }
        catch
        {
            Undo();
            throw;
        }
        finally
        {
            link?.Dispose();
            _cgroup?.Dispose();
        }
    }

    // Written down before it is made: whatever happens next, delete finds it. A scope goes by itself with its process.
    private void MakeCgroup()
    {
        _cgroup = CgroupEntry.Make(_spec, _request.Id, _request.CgroupManager, planned => _container.Write(_record with { Cgroup = planned }));
        _record = _record with { Cgroup = _cgroup.Record };
    }

    // The inner stage is there, and waits or goes on; from now on the record finds it.
    private void Started(int pid)
    {
        _record = _record with { Process = ProcessIdentity.Of(pid), Cgroup = _cgroup!.Record };
        _container.Write(_record);
    }

    private (byte[] Creating, byte[] Created) RunRuntimeHooks(int pid)
    {
        _hasRunHooks = true;
        byte[] state = OciState.ForHooks(_record, ContainerStatus.Creating, pid);
        HookRunner.Run(_spec.Hooks?.Prestart, "prestart", state, _request.Interruption);
        HookRunner.Run(_spec.Hooks?.CreateRuntime, "createRuntime", state, _request.Interruption);
        return (state, OciState.ForHooks(_record, ContainerStatus.Created, pid));
    }

    // The process is gone: ContainerStart leaves none. runtime.md: a hook's failure continues with the deletion.
    private void Undo()
    {
        try
        {
            _cgroup?.Undo();
        }
        catch (SyscallException failure)
        {
            RuntimeLog.Warning(failure.Message);
        }
        if (_hasRunHooks)
            HookRunner.RunAll(_spec.Hooks?.Poststop, "poststop", OciState.ForHooks(_record, ContainerStatus.Stopped, 0), RuntimeLog.Warning);
        _container.RemoveFiles();
    }
}
