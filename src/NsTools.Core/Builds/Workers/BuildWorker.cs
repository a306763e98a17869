using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace NsTools.Builds.Workers;

/// <summary>
/// The other side of <see cref="UserNamespaceBuild"/>: builds what an order says and tells on standard output how it goes. It
/// runs as root of a user namespace, where an ordinary user mounts layers and gives files away.
/// </summary>
public static class BuildWorker
{
    /// <summary>Builds.</summary>
    /// <param name="orderPath">Path of a file that has the order; it is removed.</param>
    /// <returns>The exit code: 0 when the image was built.</returns>
    public static int Run(string orderPath)
    {
        BuildOrder order = JsonSerializer.Deserialize(File.ReadAllBytes(orderPath), BuildWorkerJson.Default.BuildOrder)!;
        // There may be a password in it.
        File.Delete(orderPath);
        using CancellationTokenSource ending = new();
        using PosixSignalRegistration ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ending.Cancel();
        });
        using FileStream output = new(new SafeFileHandle((nint)LibC.STDOUT_FILENO, ownsHandle: false), FileAccess.Write, 0);
        try
        {
            BuildResult result = ImageBuilder.BuildAsync(order.ToRequest() with { Observer = happened => Write(output, BuildMessage.From(happened)) }, ending.Token).GetAwaiter().GetResult();
            Write(output, new BuildMessage { Kind = BuildMessageKind.Built, Image = result.Image.Digest, Steps = result.Steps });
            return 0;
        }
        catch (Exception failure)
        {
            Write(output, BuildMessage.From(failure));
            return 1;
        }
    }

    // Stages that are built side by side tell from several threads.
    private static void Write(FileStream output, BuildMessage message)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message, BuildWorkerJson.Default.BuildMessage), (byte)'\n'];
        lock (output)
            output.Write(line);
    }
}
