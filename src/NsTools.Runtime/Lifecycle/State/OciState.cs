using System.Globalization;
using System.Text.Json;

namespace NsTools.Runtime.Lifecycle.State;

/// <summary>The state of a container as JSON (runtime.md, "State"), with runc's additions <c>rootfs</c>, <c>created</c>, <c>owner</c>.</summary>
internal static class OciState
{
    /// <summary>What hooks get: exactly the specification's members.</summary>
    public static byte[] ForHooks(ContainerRecord record, ContainerStatus status, int pid) =>
        JsonText.Write(isIndented: false, (record, status, pid), static (writer, item) =>
        {
            writer.WriteStartObject();
            writer.WriteString("ociVersion"u8, item.record.OciVersion);
            writer.WriteString("id"u8, item.record.Id);
            writer.WriteString("status"u8, ContainerStatusName.Of(item.status));
            if (item.status != ContainerStatus.Stopped)
                writer.WriteNumber("pid"u8, item.pid);
            writer.WriteString("bundle"u8, item.record.Bundle);
            JsonText.WriteMap(writer, "annotations"u8, item.record.Annotations);
            writer.WriteEndObject();
        });

    /// <summary>What <c>state</c> prints, and each item of <c>list --format json</c>.</summary>
    public static void Write(Utf8JsonWriter writer, ContainerRecord record, ContainerStatus status)
    {
        writer.WriteStartObject();
        writer.WriteString("ociVersion"u8, record.OciVersion);
        writer.WriteString("id"u8, record.Id);
        writer.WriteNumber("pid"u8, PidOf(record, status));
        writer.WriteString("status"u8, ContainerStatusName.Of(status));
        writer.WriteString("bundle"u8, record.Bundle);
        writer.WriteString("rootfs"u8, record.Root ?? "");
        writer.WriteString("created"u8, Time(record.Created));
        JsonText.WriteMap(writer, "annotations"u8, record.Annotations);
        writer.WriteString("owner"u8, UserName.Of(record.Owner));
        writer.WriteEndObject();
    }

    /// <summary>Its process ID; 0 for a container without a process, as runc and crun have it.</summary>
    public static int PidOf(ContainerRecord record, ContainerStatus status) =>
        status == ContainerStatus.Stopped ? 0 : record.Process?.ProcessId ?? 0;

    /// <summary>A time in the form of RFC 3339.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture);
}
