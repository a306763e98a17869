using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands;
using NsTools.Runtime.Lifecycle.State;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// <c>exec</c>: another process in a container. It goes the way of every start, with a config (<see cref="ExecConfig"/>)
/// that joins all namespaces of the container's process and its cgroup instead of making them.
/// </summary>
internal static class ContainerExec
{
    // The host's session keyring is no more the process's than the container's.
    private const string KeyringPrefix = "_ses.";

    /// <summary>Starts it.</summary>
    /// <param name="store">Where the container is.</param>
    /// <param name="request">What to start.</param>
    /// <returns>Its process ID, a child of the caller's, and the master of its terminal for the caller to relay; null for none.</returns>
    /// <exception cref="ContainerException">The container does not run, or has no such cgroup.</exception>
    public static (int ProcessId, SafeFileHandle? Terminal) Run(ContainerStore store, ExecRequest request)
    {
        (int preserved, int listening) = PassedDescriptors.Take(request.PreserveDescriptors);
        Container container = store.Find(request.Id);
        ContainerRecord record = container.Read();
        Require(container, record, request);
        // Opened, it stays this process's whatever becomes of its number.
        ProcessIdentity identity = record.Process!.Value;
        using SafeFileHandle process = Descriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{identity.ProcessId}"), O_PATH | O_DIRECTORY);
        if (!identity.IsAlive)
            throw new ContainerException($"cannot exec in container '{request.Id}': it is stopped");
        byte[] json = ExecConfig.Make(request, container.ReadConfigJson(), string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Descriptor.Number(process)}"), record.NoPivot);
        RuntimeSpec spec = RuntimeSpecJson.Deserialize(json);
        foreach (string warning in RuntimeSpecValidator.Validate(spec, needsProcess: true))
            RuntimeLog.Warning(warning);
        bool hasTerminal = spec.Process!.Terminal;
        ConsoleSocket.Check(hasTerminal, request.IsDetached, request.ConsoleSocket);
        using SafeFileHandle config = MemoryFile.Create("config.json", json);
        using SafeFileHandle? console = ConsoleSocket.Connect(request.ConsoleSocket);
        using TerminalLink? link = hasTerminal && console is null ? new TerminalLink() : null;
        using CgroupEntry cgroups = CgroupEntry.Join(SubCgroup.Of(record.Cgroup, request.Cgroups));
        CpuAffinity.Apply(spec.Process.ExecCpuAffinity?.Initial, "$.process.execCPUAffinity.initial");
        int pid = ContainerStart.Run(new StartRequest
        {
            Spec = spec,
            Config = Descriptor.Number(config),
            Mode = hasTerminal ? LaunchMode.Terminal : LaunchMode.Attached,
            Cgroups = cgroups,
            Options = new StageOptions
            {
                IsDetached = true,
                IsExec = true,
                Preserved = preserved,
                Listening = listening,
                Keyring = record.HasKeyring ? KeyringPrefix + record.Id : null,
            },
            Terminal = console ?? link?.Inner,
            Interruption = request.Interruption,
            State = _ => OciState.ForHooks(record, ContainerStatus.Running, identity.ProcessId),
            FilterCache = store.Directory,
            Warn = RuntimeLog.Warning,
        });
        PidFile.Write(request.PidFile, pid);
        return (pid, link?.ReceiveMaster());
    }

    private static void Require(Container container, ContainerRecord record, ExecRequest request)
    {
        ContainerStatus status = container.Status(record);
        if (status == ContainerStatus.Paused && !request.IgnoresPause)
            throw new ContainerException($"cannot exec in container '{request.Id}': it is paused; resume it, or give --ignore-paused");
        if (status is ContainerStatus.Creating or ContainerStatus.Stopped)
            throw new ContainerException($"cannot exec in container '{request.Id}': it is {ContainerStatusName.Of(status)}");
    }
}
