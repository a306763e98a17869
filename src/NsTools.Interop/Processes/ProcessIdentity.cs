using System.Globalization;

namespace NsTools.Interop.Processes;

/// <summary>
/// A process told apart from every other that ever has the same number: a process ID alone comes back after the
/// process has ended (<c>proc_pid_stat(5)</c> field 22, <c>/proc/sys/kernel/random/boot_id</c>).
/// </summary>
/// <param name="ProcessId">Its ID, in the PID namespace of <c>/proc</c>.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot.</param>
/// <param name="BootId">The boot in which it ran.</param>
public readonly record struct ProcessIdentity(int ProcessId, long StartTicks, string BootId)
{
    private static readonly Lazy<string> s_bootId = new(() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <summary>True while this very process is alive; a zombie has ended.</summary>
    public bool IsAlive =>
        IsOfThisBoot
        && Read(ProcessId) is (long start, char state, _)
        && start == StartTicks
        && state is not ('Z' or 'X');

    /// <summary>True when it ran since the machine was started last; what an earlier boot has left is surely not alive.</summary>
    public bool IsOfThisBoot => BootId == s_bootId.Value;

    /// <summary>The identity of a process that is there now.</summary>
    /// <param name="processId">Its ID.</param>
    /// <returns>The identity; null when there is no such process.</returns>
    public static ProcessIdentity? Of(int processId) =>
        Read(processId) is (long start, _, _) ? new ProcessIdentity(processId, start, s_bootId.Value) : null;

    /// <summary>The parent that a process has, or had until it ended: a zombie still has one.</summary>
    /// <param name="process">The process.</param>
    /// <returns>The parent; null when the process is gone, or its parent is in another PID namespace.</returns>
    public static ProcessIdentity? ParentOf(ProcessIdentity process) =>
        process.IsOfThisBoot && Read(process.ProcessId) is (long start, _, int parent) && start == process.StartTicks && parent > 0 ? Of(parent) : null;

    private static (long StartTicks, char State, int ParentId)? Read(int processId)
    {
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
        }
        catch (IOException)
        {
            // ENOENT before, ESRCH between open and read: either way it is gone.
            return null;
        }
        // The second field is the command in parentheses and may hold blanks and parentheses itself.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[22 - 3], CultureInfo.InvariantCulture), fields[0][0], int.Parse(fields[4 - 3], CultureInfo.InvariantCulture));
    }
}
