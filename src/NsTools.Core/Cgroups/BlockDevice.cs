namespace NsTools.Cgroups;

/// <summary>Block devices by name and number.</summary>
public static class BlockDevice
{
    private const string Devices = "/sys/class/block";

    /// <summary>Names of the whole disks, which are what I/O limits are for.</summary>
    public static IEnumerable<string> Names() =>
        Directory.Exists("/sys/block") ? Directory.EnumerateDirectories("/sys/block").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal) : [];

    /// <summary>The device's numbers.</summary>
    /// <param name="name"><c>/dev/sda</c>, a link to it, <c>sda</c>, or <c>8:0</c>.</param>
    /// <returns><c>MAJOR:MINOR</c>.</returns>
    /// <exception cref="NsToolsException">There is none (<c>DeviceNotFound</c>), or it is a partition (<c>DeviceIsPartition</c>).</exception>
    public static string Number(string name)
    {
        string kernelName = name;
        if (name.Contains('/'))
            kernelName = Path.GetFileName(File.ResolveLinkTarget(name, returnFinalTarget: true)?.FullName ?? name);
        else if (name.Contains(':'))
            kernelName = Directory.Exists($"/sys/dev/block/{name}") ? Path.GetFileName(File.ResolveLinkTarget($"/sys/dev/block/{name}", true)?.FullName ?? name) : name;
        string folder = $"{Devices}/{kernelName}";
        if (kernelName.Contains('/') || kernelName is ".." or "" || !File.Exists($"{folder}/dev"))
        {
            throw new NsToolsException(
                FailureKind.NotFound, "DeviceNotFound", $"There is no block device '{name}'.", $"There are: {string.Join(", ", Names())}.");
        }
        if (File.Exists($"{folder}/partition"))
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "DeviceIsPartition", $"'{name}' is a partition; block I/O is limited for whole disks.",
                "Name the disk that it is on: lsblk shows it.");
        }
        return File.ReadAllText($"{folder}/dev").Trim();
    }
}
