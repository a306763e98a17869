using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Health;
using NsTools.Interop.Oci;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Lifecycle.Health;
using NsTools.Runtime.Lifecycle.State;
using static Tmds.Linux.LibC;

namespace NsTools.Runtime.Commands;

/// <summary>
/// <c>nsrun check-health</c>: one check of a container, whose result goes to standard output as JSON, nothing for one that does
/// not run; and <c>nsrun probe</c>: what of it happens in the container's network.
/// </summary>
internal static class HealthCommand
{
    // Above what the stages of a start use.
    private const int Spare = 64;

    public static int Check(string root, string id, string planFile, string index) => Guarded(() =>
    {
        int number = int.Parse(index, CultureInfo.InvariantCulture);
        HealthProbe probe = HealthPlan.Read(planFile).Probes[number];
        using SafeFileHandle output = DescriptorTable.DuplicateAbove(STDOUT_FILENO, Spare);
        if (new HealthCheck(new ContainerStore(root), id, planFile, number).Run(probe) is { } result)
        {
            using var stream = new FileStream(output, FileAccess.Write, bufferSize: 0);
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(result, HealthJson.Default.HealthResult));
        }
        return 0;
    });

    public static int Probe(string planFile, string index) => Guarded(() =>
    {
        bool isWell = AddressProbe.Run(HealthPlan.Read(planFile).Probes[int.Parse(index, CultureInfo.InvariantCulture)].Target!, out string message);
        StandardStream.WriteOutput(message + "\n");
        return isWell ? 0 : 1;
    });

    private static int Guarded(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (failure is SyscallException or IOException or UnauthorizedAccessException or RuntimeSpecException)
        {
            return StandardStream.Fail(failure.Message);
        }
    }
}
