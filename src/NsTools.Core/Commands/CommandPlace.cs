using Microsoft.Win32.SafeHandles;
using NsTools.Cgroups;

namespace NsTools.Commands;

/// <summary>Where a command runs: existing namespaces, new ones, another root.</summary>
public abstract record CommandPlace
{
    /// <summary>Makes the plan for a command.</summary>
    /// <param name="request">The command.</param>
    /// <exception cref="NsToolsException">The place, the user or the root is not there.</exception>
    /// <exception cref="Interop.Syscalls.SyscallException">Something cannot be opened.</exception>
    internal abstract CommandPlan Plan(CommandRequest request);

    /// <summary>Makes the plan for a command, its cgroup included.</summary>
    /// <inheritdoc cref="Plan"/>
    internal CommandPlan PlanWithCgroup(CommandRequest request)
    {
        CommandPlan plan = Plan(request);
        try
        {
            return plan.In(request.Cgroup is { } cgroup ? CgroupPlacement.Open(cgroup) : UsualCgroups());
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>The cgroup directories that a command starts in when none is asked for; none for the caller's own.</summary>
    private protected virtual IReadOnlyList<SafeFileHandle> UsualCgroups() => [];

    /// <summary>The words of the equivalent shell command that go before the program.</summary>
    /// <param name="user">The user to run as; null for the default.</param>
    private protected abstract IEnumerable<string> Words(string? user);

    /// <summary>The equivalent shell command, such as <c>nsenter --target 12 --pid -- ps -ef</c>.</summary>
    /// <param name="request">The command.</param>
    public string Describe(CommandRequest request) =>
        ShellWords.Join([.. CgroupPlacement.Words(request.Cgroup), .. Words(request.User), request.FilePath ?? "$SHELL", .. request.Arguments]);
}
