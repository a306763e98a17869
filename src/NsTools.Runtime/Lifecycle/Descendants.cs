using System.Globalization;
using NsTools.Interop.Processes;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// Ends everything that the launched process has started. As a child subreaper the monitor is the parent of every
/// orphan below it, so killing its children until there are none leaves nothing.
/// </summary>
internal static unsafe class Descendants
{
    private const int PauseMilliseconds = 1;

    /// <summary>Kills the process's group, the process, and every child that the monitor has now.</summary>
    public static void KillAll(int pid)
    {
        _ = kill(-pid, SIGKILL);
        _ = kill(pid, SIGKILL);
        foreach (int child in Children())
            _ = kill(child, SIGKILL);
    }

    /// <summary>Kills and reaps children, and what becomes a child by that, until there are none.</summary>
    /// <remarks>
    /// The list of children can miss one while others end (proc_pid_task_children(5): it is reliable only for frozen
    /// ones), so nothing here waits for a child that may never have been killed.
    /// </remarks>
    public static void ReapAll()
    {
        while (true)
        {
            foreach (int child in Children())
                _ = kill(child, SIGKILL);
            int reaped = ChildProcess.TryReap(-1, ChildProcess.NoHang, out _);
            if (reaped < 0)
                return;
            if (reaped == 0)
                _ = poll(null, 0u, PauseMilliseconds);
        }
    }

    private static List<int> Children()
    {
        var result = new List<int>();
        try
        {
            // A child belongs to the thread that it was reparented to (proc_pid_task_children(5)).
            foreach (string thread in Directory.GetDirectories("/proc/self/task"))
            {
                foreach (string pid in File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    result.Add(int.Parse(pid, CultureInfo.InvariantCulture));
            }
        }
        catch (IOException)
        {
            // A kernel without CONFIG_PROC_CHILDREN, or a thread that has just ended: the group was killed anyway.
        }
        return result;
    }
}
