using System.Globalization;
using System.Text;
using NsTools.Interop.FileSystems;

namespace NsTools.Runtime.Lifecycle;

/// <summary>The file in which engines look for the process ID: there at once whole, before the command returns.</summary>
internal static class PidFile
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="pid">The process ID.</param>
    public static void Write(string? path, int pid)
    {
        if (path is not null)
            AtomicFile.Write(path, Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), isSynchronized: false);
    }
}
