using System.Text;
using System.Text.Json.Nodes;
using NsTools.Interop.Oci;
using Xunit;

namespace NsTools.Tests.Oci;

/// <summary>The whole specification is read and written, and what is broken is refused with its JSON path.</summary>
public sealed class RuntimeSpecModelTests
{
    // Members whose absence is an error (config.md, config-linux.md: "REQUIRED"), each by its name in the object that it belongs to.
    private static readonly string[] s_required =
    [
        "$.ociVersion", "$.process.cwd", "$.process.rlimits[0].type", "$.process.rlimits[0].soft", "$.process.rlimits[0].hard",
        "$.process.scheduler.policy", "$.process.ioPriority.class", "$.process.ioPriority.priority", "$.process.consoleSize.height",
        "$.process.consoleSize.width", "$.root.path", "$.mounts[1].destination", "$.mounts[1].uidMappings[0].containerID",
        "$.mounts[1].gidMappings[0].hostID", "$.hooks.prestart[0].path", "$.linux.namespaces[0].type", "$.linux.uidMappings[0].size",
        "$.linux.devices[0].type", "$.linux.devices[0].path", "$.linux.devices[0].major", "$.linux.devices[0].minor",
        "$.linux.resources.devices[0].allow", "$.linux.resources.blockIO.weightDevice[0].major",
        "$.linux.resources.blockIO.throttleReadBpsDevice[0].rate", "$.linux.resources.hugepageLimits[0].pageSize",
        "$.linux.resources.hugepageLimits[0].limit", "$.linux.resources.network.priorities[0].name",
        "$.linux.resources.network.priorities[0].priority", "$.linux.seccomp.defaultAction", "$.linux.seccomp.syscalls[1].names",
        "$.linux.seccomp.syscalls[1].action", "$.linux.seccomp.syscalls[1].args[0].index", "$.linux.seccomp.syscalls[1].args[0].value",
        "$.linux.seccomp.syscalls[1].args[0].op", "$.linux.memoryPolicy.mode", "$.linux.personality.domain",
    ];

    [Fact]
    public void The_whole_specification_is_read_and_written_again()
    {
        JsonObject config = WholeConfig.Make();
        RuntimeSpec spec = Read(config);
        Assert.Empty(RuntimeSpecValidator.Validate(spec, needsProcess: true));
        JsonNode written = JsonNode.Parse(RuntimeSpecJson.Serialize(spec))!;
        // What is left out where it has a default is written with it.
        Assert.True(JsonNode.DeepEquals(WithDefaults(config), WithDefaults((JsonObject)written)), $"{config.ToJsonString()}\n{written.ToJsonString()}");
        Assert.Equal(RuntimeSpecJson.Serialize(spec), RuntimeSpecJson.Serialize(RuntimeSpecJson.Deserialize(RuntimeSpecJson.SerializeIndented(spec))));
    }

    [Fact]
    public void A_value_of_another_kind_is_refused_with_its_path_wherever_it_stands()
    {
        var wrong = new List<string>();
        int count = 0;
        foreach (string path in JsonTree.Paths(WholeConfig.Make()))
        {
            JsonNode node = JsonTree.At(WholeConfig.Make(), path);
            foreach (JsonNode other in OtherKinds(node))
            {
                JsonObject broken = WholeConfig.Make();
                JsonTree.Replace(broken, path, other);
                string? found = Refusal(broken);
                count++;
                if (found != path)
                    wrong.Add($"{path} = {other.ToJsonString()}: {found ?? "taken"}");
            }
        }
        Assert.Empty(wrong);
        Assert.InRange(count, 400, int.MaxValue);
    }

    [Fact]
    public void A_member_that_is_missing_is_refused_with_its_path()
    {
        foreach (string path in s_required)
        {
            JsonObject config = WholeConfig.Make();
            JsonTree.Remove(config, path);
            Assert.Equal(path, Refusal(config));
        }
    }

    [Fact]
    public void All_else_may_be_left_out_and_what_is_unknown_is_ignored()
    {
        var required = s_required.Select(path => path[(path.LastIndexOf('.') + 1)..]).ToHashSet();
        foreach (string path in JsonTree.Paths(WholeConfig.Make()).Where(p => !p.EndsWith(']')))
        {
            JsonObject without = WholeConfig.Make();
            JsonTree.Remove(without, path);
            string? refusal = ReadRefusal(without);
            Assert.True(refusal is null || (refusal == path && required.Contains(path[(path.LastIndexOf('.') + 1)..])), path);
            JsonObject extended = WholeConfig.Make();
            if (JsonTree.At(extended, path) is JsonObject parent && !IsMap(path))
            {
                parent["org.example.later"] = new JsonArray(1, "x", new JsonObject());
                Assert.Null(Refusal(extended));
            }
        }
    }

    [Fact]
    public void Process_and_resources_are_files_of_their_own_for_exec_and_update()
    {
        JsonObject config = WholeConfig.Make();
        ProcessSpec process = RuntimeSpecJson.DeserializeProcess(Bytes(config["process"]!));
        Assert.Empty(RuntimeSpecValidator.ValidateProcess(process));
        Assert.Equal(RuntimeSpecJson.SerializeProcess(Read(config).Process!), RuntimeSpecJson.SerializeProcess(process));
        RuntimeSpecValidator.ValidateResources(RuntimeSpecJson.DeserializeResources(Bytes(config["linux"]!["resources"]!)));
        JsonTree.Replace(config, "$.process.cwd", "relative");
        Assert.Equal("$.cwd", Assert.Throws<RuntimeSpecException>(() => RuntimeSpecValidator.ValidateProcess(RuntimeSpecJson.DeserializeProcess(Bytes(config["process"]!)))).Path);
        Assert.Equal("$", Assert.Throws<RuntimeSpecException>(() => RuntimeSpecJson.DeserializeResources("null"u8)).Path);
    }

    [Fact]
    public void A_capability_that_there_is_not_is_warned_of()
    {
        JsonObject config = WholeConfig.Make();
        JsonTree.Replace(config, "$.process.capabilities.effective[0]", "CAP_FLY");
        string warning = Assert.Single(RuntimeSpecValidator.Validate(Read(config), needsProcess: true));
        Assert.Contains("$.process.capabilities.effective", warning, StringComparison.Ordinal);
        Assert.Contains("CAP_FLY", warning, StringComparison.Ordinal);
    }

    /// <summary>
    /// Takes every example of the specification's own documentation: name its checkout in NSTOOLS_RUNTIME_SPEC. Two examples
    /// of it are no JSON, and those of other platforms have paths that are none here.
    /// </summary>
    [RuntimeSpecFact]
    public void Every_example_of_the_documentation_is_taken()
    {
        int taken = 0;
        foreach ((string file, string example) in DocumentationExamples.Read())
        {
            if (DocumentationExamples.Complete(file, example) is not { } config)
                continue;
            // One shows its part without the namespaces that it needs.
            Assert.True(Refusal(config) is null or "$.linux.netDevices" && ReadRefusal(config) is null, $"{file}: {Refusal(config)}\n{example}");
            taken++;
        }
        Assert.InRange(taken, 25, 60);
    }

    private static bool IsMap(string path) => path is "$.annotations" or "$.linux.sysctl" or "$.linux.netDevices" or "$.linux.timeOffsets"
        or "$.linux.resources.rdma" or "$.linux.resources.unified";

    private static IEnumerable<JsonNode> OtherKinds(JsonNode node)
    {
        string kind = node.GetValueKind().ToString();
        if (kind != "String")
            yield return JsonValue.Create("word");
        if (kind != "Number")
            yield return JsonValue.Create(7);
        if (kind is not ("True" or "False"))
            yield return JsonValue.Create(true);
        if (kind != "Array")
            yield return new JsonArray();
        if (kind != "Object")
            yield return new JsonObject();
        if (kind == "Number")
            yield return JsonValue.Create(1.5);
    }

    private static JsonObject WithDefaults(JsonObject config)
    {
        foreach (JsonNode? argument in config["linux"]!["seccomp"]!["syscalls"]![1]!["args"]!.AsArray())
            argument!.AsObject().TryAdd("valueTwo", 0);
        return config;
    }

    private static string? Refusal(JsonObject config)
    {
        try
        {
            RuntimeSpecValidator.Validate(Read(config), needsProcess: false);
            return null;
        }
        catch (RuntimeSpecException refusal)
        {
            return refusal.Path;
        }
    }

    private static string? ReadRefusal(JsonObject config)
    {
        try
        {
            Read(config);
            return null;
        }
        catch (RuntimeSpecException refusal)
        {
            return refusal.Path;
        }
    }

    private static RuntimeSpec Read(JsonObject config) => RuntimeSpecJson.Deserialize(Bytes(config));

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());
}
