using System.Text.Json;

namespace NsTools.Containers;

/// <summary>What <c>nsrun</c> itself has to say of a container that runs attached: its <c>--log</c>, apart from what the program writes.</summary>
internal static class RuntimeMessages
{
    /// <summary>Name of the file in a container's directory.</summary>
    public const string FileName = "nsrun.log";

    /// <summary>The last error in it; null for none.</summary>
    /// <param name="directory">The container's directory.</param>
    public static string? LastError(string directory)
    {
        string path = Path.Join(directory, FileName);
        if (!File.Exists(path))
            return null;
        foreach (string line in File.ReadLines(path).Reverse())
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            if (entry.RootElement.GetProperty("level").GetString() == "error")
                return entry.RootElement.GetProperty("msg").GetString();
        }
        return null;
    }

    /// <summary>True when standard error has a message of <c>nsrun</c>'s own, which it writes to the file first.</summary>
    /// <param name="directory">The container's directory.</param>
    /// <param name="bytes">What came.</param>
    public static bool Are(string directory, ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith("nsrun: "u8) && File.Exists(Path.Join(directory, FileName)) && new FileInfo(Path.Join(directory, FileName)).Length > 0;
}
