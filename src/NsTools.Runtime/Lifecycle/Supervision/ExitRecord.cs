using System.Globalization;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Processes;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>How a supervised container has ended: written once, synchronized with the disk, for whoever asks later.</summary>
internal static class ExitRecord
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exit">How it has ended.</param>
    public static void Write(string path, ProcessExit exit) =>
        AtomicFile.Write(path, JsonText.Write(isIndented: false, exit, static (writer, exit) =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("exitCode"u8, exit.ExitCode);
            if (exit.Signal != 0)
            {
                writer.WriteNumber("signal"u8, exit.Signal);
                writer.WriteString("signalName"u8, $"SIG{SignalName.Of(exit.Signal)}");
            }
            writer.WriteString("finished"u8, DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }));
}
