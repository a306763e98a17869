using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Networking;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Starts the inner stage in its namespaces: clones by a <see cref="StartPlan"/>, writes the ID maps, and reads the
/// report socket until the program is executed, or the inner stage waits to be started, or a step has failed.
/// </summary>
internal sealed unsafe class ContainerStart
{
    private readonly StartRequest _request;
    private readonly StartPlan _plan;
    private readonly StageReports _reports;

    private ContainerStart(StartRequest request, StartPlan plan, StageReports reports)
    {
        _request = request;
        _plan = plan;
        _reports = reports;
    }

    /// <summary>Starts it.</summary>
    /// <param name="request">What to start.</param>
    /// <returns>The process ID.</returns>
    /// <exception cref="SyscallException">A step failed; nothing is left running.</exception>
    /// <exception cref="RuntimeSpecException">The config asks for what cannot be.</exception>
    public static int Run(StartRequest request)
    {
        KernelSupport.Require(request.Spec);
        (SafeFileHandle outer, SafeFileHandle inner) = UnixSocket.Pair(SOCK_STREAM);
        using (outer)
        {
            StartPlan plan;
            int first;
            using (inner)
            {
                plan = new StartPlan(request, inner, outer);
                PhaseTrace.Mark("plan");
                KernelSupport.Warn(request, plan.Namespaces);
                using (InheritedAttributes.Of(request.Spec.Process))
                    first = ChildProcedure.Start(plan.Child);
            }
            using (plan)
            {
                PhaseTrace.Mark("clone");
                // The socket ends only when the child executes or exits: these are its copies.
                plan.ReleaseDescriptors();
                if (first < 0)
                    throw StepFailure.OfClone(plan, -first);
                return new ContainerStart(request, plan, new StageReports(outer, request.Interruption)).Follow(first);
            }
        }
    }

    private int Follow(int first)
    {
        int pid = _plan.Child->NeedsSecond != 0 ? 0 : first;
        try
        {
            if (pid != 0)
                LetGo(pid);
            bool ready = false;
            while (_reports.Next() is { } report)
            {
                switch ((ChildStep)report.Step)
                {
                    // Once, and of a child of ours: what the inner stage says is not taken on trust, for it is in the container.
                    case ChildStep.Started when pid == 0 && ChildProcess.IsOwn(report.Number):
                        pid = report.Number;
                        _ = ChildProcess.TryReap(first, 0, out _);
                        LetGo(pid);
                        break;
                    case ChildStep.RuntimeHooks:
                        (byte[] creating, byte[] created) = _request.RuntimeHooks?.Invoke(pid) ?? ([], []);
                        _reports.Answer(creating, created);
                        break;
                    case ChildStep.Cgroup:
                        _request.Cgroups.Complete(pid);
                        _reports.Go();
                        break;
                    case ChildStep.Listener:
                        _plan.Filter!.HandOver(pid, _request.Spec.OciVersion, _request.State?.Invoke(pid) ?? "{}"u8);
                        break;
                    case ChildStep.Ready:
                        ready = true;
                        break;
                    default:
                        throw StepFailure.Of(_plan, report);
                }
            }
            return ready ? pid : throw Died(pid);
        }
        catch
        {
            // Nothing is left running: what was cloned has exited after its report, or waits in vain.
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

    // What has to be done to the child from outside, while it waits for it; and what can be done meanwhile.
    private void LetGo(int pid)
    {
        _request.Started?.Invoke(pid);
        if (_plan.ChildWaits)
        {
            if (_request.Cgroups.NeedsPlacing)
            {
                _request.Cgroups.Place(pid);
                _request.Started?.Invoke(pid); // only now is it known where its cgroup is
            }
            if (_plan.Namespaces.NewUser)
                IdMaps.Write(pid, _request.Spec.Linux!);
            if (_request.Spec.Linux?.NetDevices is { Count: > 0 } devices)
                NetworkDevices.Move(devices, pid);
            _reports.Go();
        }
        _plan.Filter?.Send(_request.Warn);
    }
}
