using System.Globalization;
using System.Text.Json;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.Processes;

namespace NsTools.Interop.Oci.State;

/// <summary>Reads and writes a <see cref="ContainerRecord"/> as JSON.</summary>
public static class ContainerRecordJson
{
    /// <summary>Writes it.</summary>
    /// <param name="record">The record.</param>
    /// <returns>UTF-8 JSON.</returns>
    public static byte[] Write(ContainerRecord record) => JsonText.Write(isIndented: false, record, static (writer, record) =>
    {
        writer.WriteStartObject();
        writer.WriteString("ociVersion"u8, record.OciVersion);
        writer.WriteString("id"u8, record.Id);
        writer.WriteString("bundle"u8, record.Bundle);
        writer.WriteString("root"u8, record.Root);
        writer.WriteString("created"u8, record.Created.ToString("O", CultureInfo.InvariantCulture));
        writer.WriteNumber("owner"u8, record.Owner);
        writer.WriteBoolean("rootless"u8, record.IsRootless);
        writer.WriteBoolean("noPivot"u8, record.NoPivot);
        writer.WriteBoolean("keyring"u8, record.HasKeyring);
        if (record.Process is { } process)
        {
            writer.WriteStartObject("process"u8);
            writer.WriteNumber("pid"u8, process.ProcessId);
            writer.WriteNumber("startTicks"u8, process.StartTicks);
            writer.WriteString("bootId"u8, process.BootId);
            writer.WriteEndObject();
        }
        if (record.Cgroup is { } cgroup)
        {
            writer.WriteStartObject("cgroup"u8);
            writer.WriteString("manager"u8, cgroup.Manager.ToString());
            writer.WriteString("unit"u8, cgroup.Unit);
            writer.WriteStartArray("directories"u8);
            foreach (string directory in cgroup.Directories)
                writer.WriteStringValue(directory);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        JsonText.WriteMap(writer, "annotations"u8, record.Annotations);
        writer.WriteEndObject();
    });

    /// <summary>Reads it.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <exception cref="RuntimeSpecException">It is none.</exception>
    public static ContainerRecord Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var cursor = new JsonCursor(json);
            ContainerRecord record = Read(ref cursor);
            cursor.End();
            return record;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw new RuntimeSpecException("$", exception.Message);
        }
    }

    private static ContainerRecord Read(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        var record = new ContainerRecord { OciVersion = "", Id = "", Bundle = "", Created = default, Owner = 0 };
        while (cursor.NextMember())
        {
            if (cursor.Is("ociVersion"u8))
                record = record with { OciVersion = cursor.RequiredText() };
            else if (cursor.Is("id"u8))
                record = record with { Id = cursor.RequiredText() };
            else if (cursor.Is("bundle"u8))
                record = record with { Bundle = cursor.RequiredText() };
            else if (cursor.Is("root"u8))
                record = record with { Root = cursor.TextOrNull() };
            else if (cursor.Is("created"u8))
                record = record with { Created = DateTimeOffset.Parse(cursor.RequiredText(), CultureInfo.InvariantCulture) };
            else if (cursor.Is("owner"u8))
                record = record with { Owner = cursor.RequiredUInt32() };
            else if (cursor.Is("rootless"u8))
                record = record with { IsRootless = cursor.Flag() };
            else if (cursor.Is("noPivot"u8))
                record = record with { NoPivot = cursor.Flag() };
            else if (cursor.Is("keyring"u8))
                record = record with { HasKeyring = cursor.Flag() };
            else if (cursor.Is("process"u8))
                record = record with { Process = ReadProcess(ref cursor) };
            else if (cursor.Is("cgroup"u8))
                record = record with { Cgroup = ReadCgroup(ref cursor) };
            else if (cursor.Is("annotations"u8))
                record = record with { Annotations = cursor.TextMap() };
            else
                cursor.Skip();
        }
        return record;
    }

    private static ProcessIdentity ReadProcess(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        var process = new ProcessIdentity(0, 0, "");
        while (cursor.NextMember())
        {
            if (cursor.Is("pid"u8))
                process = process with { ProcessId = cursor.Int32() ?? 0 };
            else if (cursor.Is("startTicks"u8))
                process = process with { StartTicks = cursor.Int64() ?? 0 };
            else if (cursor.Is("bootId"u8))
                process = process with { BootId = cursor.RequiredText() };
            else
                cursor.Skip();
        }
        return process;
    }

    private static CgroupRecord ReadCgroup(ref JsonCursor cursor)
    {
        cursor.RequireObject();
        var cgroup = new CgroupRecord { Manager = CgroupManager.Disabled, Directories = [] };
        while (cursor.NextMember())
        {
            if (cursor.Is("manager"u8))
                cgroup = cgroup with { Manager = cursor.RequiredText() switch { "Systemd" => CgroupManager.Systemd, "CgroupFs" => CgroupManager.CgroupFs, _ => CgroupManager.Disabled } };
            else if (cursor.Is("unit"u8))
                cgroup = cgroup with { Unit = cursor.TextOrNull() };
            else if (cursor.Is("directories"u8))
                cgroup = cgroup with { Directories = cursor.Texts() ?? [] };
            else
                cursor.Skip();
        }
        return cgroup;
    }
}
