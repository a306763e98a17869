using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;

namespace NsTools.Runtime.Lifecycle;

/// <summary>Puts into words which step of <see cref="ChildProcedure"/> has failed.</summary>
internal static unsafe class StepFailure
{
    /// <summary>The exception for a failed clone3(2).</summary>
    public static SyscallException OfClone(StartPlan plan, int error) => new("clone3", error, null, NewNamespaces(plan.Namespaces));

    /// <summary>The exception for what the child has reported.</summary>
    public static SyscallException Of(StartPlan plan, ChildReport report)
    {
        int error = report.Number;
        return (ChildStep)report.Step switch
        {
            ChildStep.Join => OfJoin(plan, report.Index, error),
            ChildStep.JoinUser => new("setns", error, plan.Namespaces.UserPath, "joining the user namespace"),
            ChildStep.SecondClone => OfClone(plan, error),
            ChildStep.EnterCgroup => new("write", error, plan.CgroupBehind(report.Index) + "/cgroup.procs", "entering the cgroup"),
            ChildStep.CgroupNamespace => new("unshare", error, null, "making a cgroup namespace"),
            ChildStep.TimeUnshare => new("unshare", error, null, "making a time namespace"),
            ChildStep.TimeOffsets => new("write", error, "timens_offsets", "setting the clocks of the time namespace"),
            ChildStep.TimeJoin => new("setns", error, "time_for_children", "entering the new time namespace"),
            ChildStep.SetGroupId => new("setresgid", error, null, $"becoming group {plan.Child->GroupId} of the user namespace"),
            ChildStep.SetUserId => new("setresuid", error, null, $"becoming user {plan.Child->UserId} of the user namespace"),
            ChildStep.Capabilities => new("capset", error, null, "keeping capabilities in the user namespace"),
            ChildStep.Duplicate => new("dup3", error),
            _ => new("execveat", error, "nsrun", "starting nsrun inside the namespaces"),
        };
    }

    private static SyscallException OfJoin(StartPlan plan, int index, int error)
    {
        int number = plan.Child->Joins[index].Flag;
        (string type, string path, _) = plan.Namespaces.Joins.Find(join => NamespaceKinds.Flag(join.Type) == number);
        return new("setns", error, path, $"joining the {type} namespace");
    }

    private static string? NewNamespaces(NamespaceEntry namespaces)
    {
        string names = string.Join(", ", NamespaceKinds.Names.Where(n => (NamespaceKinds.Flag(n) & namespaces.NewFlags) != 0));
        return names.Length == 0 ? null : $"making new namespaces ({names})";
    }
}
