using System.Text.Json;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Oci;
using NsTools.Runtime.Lifecycle.State;

namespace NsTools.Runtime.Lifecycle;

/// <summary>
/// The config of a process that <c>exec</c> starts: the container's namespaces by path, its seccomp filter, and a
/// process that is the container's own with changes, or that of a file. In a file what restricts the process and is not
/// said is as the container has it, never as the caller has it (CVE-2022-29162 and its kind).
/// </summary>
internal static class ExecConfig
{
    private static readonly string[] s_restrictions = ["capabilities", "noNewPrivileges", "apparmorProfile", "selinuxLabel", "oomScoreAdj"];

    // The program's own: of no meaning for another one.
    private static readonly string[] s_own = ["args", "terminal", "consoleSize"];

    private static readonly string[] s_namespaces = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

    /// <summary>Makes it.</summary>
    /// <param name="request">What is to be executed.</param>
    /// <param name="config">The container's config, JSON.</param>
    /// <param name="processDirectory">The container's process in procfs, by a descriptor: <c>/proc/self/fd/N</c>.</param>
    /// <param name="entersRoot">True when the root is not that of the mount namespace.</param>
    /// <returns>The config as JSON.</returns>
    /// <exception cref="RuntimeSpecException">A file is no JSON object.</exception>
    public static byte[] Make(ExecRequest request, byte[] config, string processDirectory, bool entersRoot)
    {
        try
        {
            return JsonText.Write(isIndented: false, (request, config: new JsonMembers(config), processDirectory, entersRoot), static (writer, item) =>
                Write(writer, item.request, item.config, item.processDirectory, item.entersRoot));
        }
        catch (JsonException exception)
        {
            throw new RuntimeSpecException("$.process", exception.Message);
        }
    }

    private static void Write(Utf8JsonWriter writer, ExecRequest request, JsonMembers config, string processDirectory, bool entersRoot)
    {
        var container = new JsonMembers(config["process"] ?? "{}"u8.ToArray());
        writer.WriteStartObject();
        Copy(writer, config, "ociVersion");
        if (entersRoot)
        {
            writer.WriteStartObject("root"u8);
            writer.WriteString("path"u8, $"{processDirectory}/root");
            writer.WriteEndObject();
        }
        writer.WriteStartObject("process"u8);
        if (request.ProcessFile is { } file)
            WriteFile(writer, new JsonMembers(HostFile.ReadAll(file)), container, request);
        else
            WriteChanged(writer, container, request);
        writer.WriteEndObject();
        writer.WriteStartObject("linux"u8);
        if (config["linux"] is { } linux)
        {
            Copy(writer, new JsonMembers(linux), "seccomp");
            Copy(writer, new JsonMembers(linux), "personality");
            Copy(writer, new JsonMembers(linux), "memoryPolicy");
        }
        writer.WriteStartArray("namespaces"u8);
        foreach (string name in s_namespaces)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, name switch { "mnt" => "mount", "net" => "network", _ => name });
            writer.WriteString("path"u8, $"{processDirectory}/ns/{name}");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteFile(Utf8JsonWriter writer, JsonMembers file, JsonMembers container, ExecRequest request)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, ReadOnlyMemory<byte> value) in file.All())
        {
            names.Add(name);
            if (name == "terminal" && request.HasTerminal is not null)
                continue;
            writer.WritePropertyName(name);
            writer.WriteRawValue(value.Span, skipInputValidation: true);
        }
        if (request.HasTerminal is { } terminal)
            writer.WriteBoolean("terminal"u8, terminal);
        foreach (string name in s_restrictions)
        {
            if (!names.Contains(name))
                Copy(writer, container, name);
        }
    }

    private static void WriteChanged(Utf8JsonWriter writer, JsonMembers container, ExecRequest request)
    {
        var changes = new Dictionary<string, Action<Utf8JsonWriter, ReadOnlyMemory<byte>?>>(StringComparer.Ordinal);
        if (request.Directory is { } directory)
            changes["cwd"] = (output, _) => output.WriteString("cwd"u8, directory);
        if (request.Environment.Count > 0)
            changes["env"] = (output, value) => WriteEnvironment(output, value, request.Environment);
        if (request.User is not null || request.Groups.Count > 0)
            changes["user"] = (output, value) => WriteUser(output, value, request);
        if (request.Capabilities.Count > 0)
            changes["capabilities"] = (output, value) => WriteCapabilities(output, value, request.Capabilities);
        if (request.NoNewPrivileges is { } noNewPrivileges)
            changes["noNewPrivileges"] = (output, _) => output.WriteBoolean("noNewPrivileges"u8, noNewPrivileges);
        if (request.ApparmorProfile is { } profile)
            changes["apparmorProfile"] = (output, _) => output.WriteString("apparmorProfile"u8, profile);
        if (request.ProcessLabel is { } label)
            changes["selinuxLabel"] = (output, _) => output.WriteString("selinuxLabel"u8, label);
        JsonText.WriteList(writer, "args"u8, request.Arguments);
        writer.WriteBoolean("terminal"u8, request.HasTerminal ?? false);
        foreach ((string name, ReadOnlyMemory<byte> value) in container.All())
        {
            if (s_own.Contains(name))
                continue;
            if (changes.Remove(name, out Action<Utf8JsonWriter, ReadOnlyMemory<byte>?>? change))
            {
                change(writer, value);
                continue;
            }
            writer.WritePropertyName(name);
            writer.WriteRawValue(value.Span, skipInputValidation: true);
        }
        foreach (Action<Utf8JsonWriter, ReadOnlyMemory<byte>?> change in changes.Values)
            change(writer, null);
    }

    private static void WriteEnvironment(Utf8JsonWriter writer, ReadOnlyMemory<byte>? before, IReadOnlyList<string> added)
    {
        // The last of a name wins in most programs, the first in others: there is only one of each.
        var names = added.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        JsonText.WriteList(writer, "env"u8, Strings(before).Where(variable => !names.Contains(NameOf(variable))).Concat(added));

        static string NameOf(string variable) => variable.Split('=', 2)[0];
    }

    private static void WriteUser(Utf8JsonWriter writer, ReadOnlyMemory<byte>? before, ExecRequest request)
    {
        var user = new JsonMembers(before ?? "{}"u8.ToArray());
        writer.WriteStartObject("user"u8);
        if (request.User is { } given)
        {
            writer.WriteNumber("uid"u8, given.User);
            writer.WriteNumber("gid"u8, given.Group ?? 0);
        }
        else
        {
            Copy(writer, user, "uid");
            Copy(writer, user, "gid");
        }
        Copy(writer, user, "umask");
        writer.WriteStartArray("additionalGids"u8);
        foreach (uint group in Numbers(user["additionalGids"]).Concat(request.Groups))
            writer.WriteNumberValue(group);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // As runc and crun: into the bounding, effective and permitted sets, and where there are ambient ones, into these.
    private static void WriteCapabilities(Utf8JsonWriter writer, ReadOnlyMemory<byte>? before, IReadOnlyList<string> added)
    {
        var sets = new JsonMembers(before ?? "{}"u8.ToArray());
        bool hasAmbient = Strings(sets["ambient"]).Count > 0;
        writer.WriteStartObject("capabilities"u8);
        foreach (string name in (string[])["bounding", "effective", "permitted", "inheritable", "ambient"])
        {
            bool isChanged = name is "bounding" or "effective" or "permitted" || hasAmbient;
            JsonText.WriteList(writer, System.Text.Encoding.UTF8.GetBytes(name), Strings(sets[name]).Concat(isChanged ? added : []).Distinct());
        }
        writer.WriteEndObject();
    }

    private static void Copy(Utf8JsonWriter writer, JsonMembers members, string name)
    {
        if (members[name] is not { } value)
            return;
        writer.WritePropertyName(name);
        writer.WriteRawValue(value.Span, skipInputValidation: true);
    }

    private static List<string> Strings(ReadOnlyMemory<byte>? json)
    {
        var items = new List<string>();
        if (json is null)
            return items;
        var reader = new Utf8JsonReader(json.Value.Span);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.String)
                items.Add(reader.GetString()!);
        }
        return items;
    }

    private static List<uint> Numbers(ReadOnlyMemory<byte>? json)
    {
        var items = new List<uint>();
        if (json is null)
            return items;
        var reader = new Utf8JsonReader(json.Value.Span);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Number)
                items.Add(reader.GetUInt32());
        }
        return items;
    }
}
