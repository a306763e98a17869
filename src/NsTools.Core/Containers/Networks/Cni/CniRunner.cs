using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NsTools.Containers.Networks.Cni;

/// <summary>
/// Runs the plugins of a configuration for one container (CNI specification 1.0, sections 2 and 3): the configuration on
/// standard input, what is to be done in <c>CNI_…</c> variables, the result on standard output.
/// </summary>
/// <param name="configuration">The configuration.</param>
/// <param name="containerId">The container's ID.</param>
/// <param name="namespacePath">Path of its network namespace.</param>
/// <param name="interfaceName">Name of its link to be.</param>
/// <param name="ports">The ports to be published, for plugins that can (<c>CONVENTIONS.md</c>, <c>portMappings</c>).</param>
internal sealed class CniRunner(CniConfiguration configuration, string containerId, string namespacePath, string interfaceName, IReadOnlyList<ContainerPort> ports)
{
    private const string DefaultPath = "/usr/lib/cni:/opt/cni/bin:/usr/libexec/cni:/usr/local/lib/cni";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Sets the network up; when a plugin fails, what those before it did is taken back.</summary>
    /// <exception cref="NsToolsException">A plugin is not there (<c>CniPluginNotFound</c>) or fails (<c>CniPluginFailed</c>).</exception>
    public CniResult Add()
    {
        if (ports.Count > 0 && !configuration.Plugins.Any(IsPublisher))
            throw new NsToolsException(FailureKind.NotSupported, "CniCannotPublish", $"No plugin of the network '{configuration.Name}' publishes ports.", $"Add the plugin portmap with the capability portMappings to '{configuration.Path}'.");
        string? result = null;
        try
        {
            foreach (JsonObject plugin in configuration.Plugins)
            {
                string answer = Run("ADD", plugin, result);
                result = answer.Length > 0 ? answer : result;
            }
            return CniResult.Parse(result ?? "{}");
        }
        catch (Exception failure)
        {
            TryDelete(result);
            if (failure is JsonException damaged)
                throw Failed("ADD", configuration.Name, $"its result is none: {damaged.Message}");
            throw;
        }
    }

    /// <summary>Takes all down, in the opposite order; what is not there any more is fine (section 2, "DEL").</summary>
    /// <param name="result">What came of <see cref="Add"/>; null when that never ended.</param>
    /// <exception cref="NsToolsException">A plugin fails (<c>CniPluginFailed</c>); the others were run all the same.</exception>
    public void Delete(string? result)
    {
        NsToolsException? first = null;
        foreach (JsonObject plugin in configuration.Plugins.Reverse())
        {
            try
            {
                Run("DEL", plugin, result);
            }
            catch (NsToolsException failure)
            {
                first ??= failure;
            }
        }
        if (first is not null)
            throw first;
    }

    private void TryDelete(string? result)
    {
        try
        {
            Delete(result);
        }
        catch (NsToolsException)
        {
            // Why it could not be set up is what to tell.
        }
    }

    private string Run(string command, JsonObject plugin, string? previous)
    {
        string type = (string)plugin["type"]!;
        string paths = Environment.GetEnvironmentVariable("CNI_PATH") is { Length: > 0 } given ? given : DefaultPath;
        string program = paths.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(directory => Path.Join(directory, type)).FirstOrDefault(File.Exists)
            ?? throw new NsToolsException(FailureKind.NotFound, "CniPluginNotFound", $"The plugin '{type}' of the network '{configuration.Name}' is in none of {paths}.", "Install it (Debian: containernetworking-plugins), or say in CNI_PATH where it is.");
        using Process process = new() { StartInfo = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true } };
        process.StartInfo.Environment["CNI_COMMAND"] = command;
        process.StartInfo.Environment["CNI_CONTAINERID"] = containerId;
        process.StartInfo.Environment["CNI_NETNS"] = namespacePath;
        process.StartInfo.Environment["CNI_IFNAME"] = interfaceName;
        process.StartInfo.Environment["CNI_ARGS"] = "IgnoreUnknown=1";
        process.StartInfo.Environment["CNI_PATH"] = paths;
        try
        {
            process.Start();
        }
        catch (Win32Exception failure)
        {
            throw Failed(command, type, failure.Message);
        }
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(InputFor(plugin, previous).ToJsonString());
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading: how, it says itself.
        }
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw Failed(command, type, $"it takes longer than {s_patience.TotalSeconds:0} s");
        }
        string answer = output.GetAwaiter().GetResult();
        return process.ExitCode == 0 ? answer.Trim() : throw Failed(command, type, Explain(answer) ?? Explain(error.GetAwaiter().GetResult()) ?? $"it ends with {process.ExitCode}");
    }

    // Section 3, "Deriving execution configuration from plugin configuration".
    private JsonObject InputFor(JsonObject plugin, string? previous)
    {
        JsonObject input = (JsonObject)plugin.DeepClone();
        input.Remove("capabilities");
        input["cniVersion"] = configuration.Version;
        input["name"] = configuration.Name;
        if (previous is not null)
            input["prevResult"] = JsonNode.Parse(previous);
        if (IsPublisher(plugin) && ports.Count > 0)
        {
            input["runtimeConfig"] = new JsonObject
            {
                ["portMappings"] = new JsonArray([.. ports.Select(port => (JsonNode)new JsonObject
                {
                    ["hostPort"] = port.HostPort,
                    ["containerPort"] = port.Port,
                    ["protocol"] = port.Protocol.ToString().ToLowerInvariant(),
                    ["hostIP"] = port.HostAddress.Equals(System.Net.IPAddress.Any) ? "" : port.HostAddress.ToString(),
                })]),
            };
        }
        return input;
    }

    private static bool IsPublisher(JsonObject plugin) => plugin["capabilities"]?["portMappings"] is JsonValue value && value.TryGetValue(out bool can) && can;

    // Section 5, "Error": {"code": 7, "msg": "…", "details": "…"}.
    private static string? Explain(string answer)
    {
        try
        {
            JsonNode? error = answer.Length == 0 ? null : JsonNode.Parse(answer);
            return (string?)error?["msg"] is { } message ? (string?)error["details"] is { Length: > 0 } details ? $"{message} ({details})" : message : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return answer.Trim() is { Length: > 0 } text ? text : null;
        }
    }

    private NsToolsException Failed(string command, string type, string why) => new(
        FailureKind.InvalidState, "CniPluginFailed", $"The plugin '{type}' of the network '{configuration.Name}' failed at {command}: {why}");
}
