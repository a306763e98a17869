using System.Text;
using System.Text.Json.Nodes;
using NsTools.Interop.Oci;
using Xunit;

namespace NsTools.Tests.Oci;

/// <summary>Values of the right kind that cannot be: each is refused with the path of what is wrong.</summary>
public sealed class RuntimeSpecRefusalTests
{
    [Theory]
    [InlineData("$.ociVersion", "\"0.9.0\"")]
    [InlineData("$.process.args", "[]")]
    [InlineData("$.process.args[0]", "\"\"")]
    [InlineData("$.process.args[1]", "\"a\\u0000b\"")]
    [InlineData("$.process.env[1]", "\"=x\"")]
    [InlineData("$.process.cwd", "\"srv\"")]
    [InlineData("$.process.user.uid", "4294967295")]
    [InlineData("$.process.user.gid", "4294967295")]
    [InlineData("$.process.user.umask", "512")]
    [InlineData("$.process.user.additionalGids[1]", "4294967295")]
    [InlineData("$.process.consoleSize.width", "65536")]
    [InlineData("$.process.rlimits[1].type", "\"RLIMIT_FUN\"")]
    [InlineData("$.process.rlimits[1].type", "\"RLIMIT_CORE\"")]
    [InlineData("$.process.rlimits[1].soft", "3")]
    [InlineData("$.process.oomScoreAdj", "1001")]
    [InlineData("$.process.scheduler.policy", "\"SCHED_NEXT\"")]
    [InlineData("$.process.scheduler.flags[0]", "\"SCHED_FLAG_X\"")]
    [InlineData("$.process.scheduler.nice", "20")]
    [InlineData("$.process.scheduler.priority", "1")]
    [InlineData("$.process.scheduler", """{"policy":"SCHED_FIFO","priority":1,"runtime":1}""")]
    [InlineData("$.process.ioPriority.class", "\"IOPRIO_CLASS_NONE\"")]
    [InlineData("$.process.ioPriority.priority", "8")]
    [InlineData("$.process.execCPUAffinity.initial", "\"3-1\"")]
    [InlineData("$.process.execCPUAffinity.final", "\"0,x\"")]
    [InlineData("$.root.path", "\"\"")]
    [InlineData("$.hostname", "\"0123456789012345678901234567890123456789012345678901234567890123456789\"")]
    [InlineData("$.domainname", "\"a\\u0000\"")]
    [InlineData("$.mounts[1].destination", "\"data\"")]
    [InlineData("$.mounts[1].options[0]", "\"r\\u0000o\"")]
    [InlineData("$.mounts[1].uidMappings[0].size", "0")]
    [InlineData("$.mounts[1].uidMappings", "[]")]
    [InlineData("$.mounts[1].gidMappings", "[]")]
    [InlineData("$.hooks.prestart[0].path", "\"h1\"")]
    [InlineData("$.hooks.prestart[0].env[0]", "\"A\"")]
    [InlineData("$.hooks.poststop[0].timeout", "0")]
    [InlineData("$.linux.namespaces[0].type", "\"net\"")]
    [InlineData("$.linux.namespaces[1].type", "\"pid\"")]
    [InlineData("$.linux.namespaces[7].path", "\"netns/blue\"")]
    [InlineData("$.linux.uidMappings[0]", """{"containerID":4294967295,"hostID":0,"size":1}""")]
    [InlineData("$.linux.gidMappings[0].size", "0")]
    [InlineData("$.linux.timeOffsets.boottime.nanosecs", "1000000000")]
    [InlineData("$.linux.devices[0].type", "\"d\"")]
    [InlineData("$.linux.devices[0].path", "\"dev/thing\"")]
    [InlineData("$.linux.devices[0].major", "4096")]
    [InlineData("$.linux.devices[0].minor", "-1")]
    [InlineData("$.linux.devices[0].fileMode", "65536")]
    [InlineData("$.linux.devices[0].uid", "4294967295")]
    [InlineData("$.linux.netDevices.eth7.name", "\"a/b\"")]
    [InlineData("$.linux.netDevices.eth7.name", "\"0123456789abcdef\"")]
    [InlineData("$.linux.cgroupsPath", "\"/a\\u0000\"")]
    [InlineData("$.linux.resources.devices[1].type", "\"x\"")]
    [InlineData("$.linux.resources.devices[1].access", "\"rx\"")]
    [InlineData("$.linux.resources.devices[1].minor", "-2")]
    [InlineData("$.linux.resources.hugepageLimits[0].pageSize", "\"02MB\"")]
    [InlineData("$.linux.resources.hugepageLimits[0].pageSize", "\"2mB\"")]
    [InlineData("$.linux.resources.network.priorities[0].name", "\"\"")]
    [InlineData("$.linux.resources.blockIO.weightDevice[0].major", "-1")]
    [InlineData("$.linux.seccomp.defaultAction", "\"SCMP_ACT_PLEASE\"")]
    [InlineData("$.linux.seccomp.defaultAction", "\"SCMP_ACT_NOTIFY\"")]
    [InlineData("$.linux.seccomp.defaultErrnoRet", "4096")]
    [InlineData("$.linux.seccomp.architectures[0]", "\"SCMP_ARCH_PDP11\"")]
    [InlineData("$.linux.seccomp.flags[0]", "\"SECCOMP_FILTER_FLAG_X\"")]
    [InlineData("$.linux.seccomp.syscalls[1].names", "[]")]
    [InlineData("$.linux.seccomp.syscalls[1].names", "[\"\"]")]
    [InlineData("$.linux.seccomp.syscalls[1].action", "\"SCMP_ACT_MAYBE\"")]
    [InlineData("$.linux.seccomp.syscalls[1].action", "\"SCMP_ACT_NOTIFY\"", "$.linux.seccomp.syscalls[1].errnoRet")]
    [InlineData("$.linux.seccomp.syscalls[0].names", "[\"write\"]", "$.linux.seccomp.syscalls[0].action")]
    [InlineData("$.linux.seccomp.syscalls[1].errnoRet", "65536")]
    [InlineData("$.linux.seccomp.syscalls[1].args[0].index", "6")]
    [InlineData("$.linux.seccomp.syscalls[1].args[0].op", "\"==\"")]
    [InlineData("$.linux.seccomp.listenerPath", "\"\"")]
    [InlineData("$.linux.rootfsPropagation", "\"quick\"")]
    [InlineData("$.linux.maskedPaths[0]", "\"proc/kcore\"")]
    [InlineData("$.linux.readonlyPaths[0]", "\"\"")]
    [InlineData("$.linux.memoryPolicy.mode", "\"MPOL_MINE\"")]
    [InlineData("$.linux.memoryPolicy.mode", "\"MPOL_LOCAL\"", "$.linux.memoryPolicy.nodes")]
    [InlineData("$.linux.memoryPolicy.nodes", "\"\"")]
    [InlineData("$.linux.memoryPolicy.flags[0]", "\"MPOL_F_X\"")]
    [InlineData("$.linux.personality.domain", "\"BSD\"")]
    [InlineData("$.linux.personality", """{"domain":"LINUX","flags":["x"]}""", "$.linux.personality.flags")]
    public void A_value_that_cannot_be_is_refused(string path, string value, string? told = null)
    {
        JsonObject config = WholeConfig.Make();
        JsonTree.Replace(config, path, JsonNode.Parse(value)!);
        RuntimeSpecException refusal = Refuse(config);
        Assert.Equal(told ?? path, refusal.Path);
        Assert.Contains(told ?? path, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.linux.sysctl", "", "$.linux.sysctl['']")]
    [InlineData("$.linux.resources.unified", "../x.y", "$.linux.resources.unified['../x.y']")]
    [InlineData("$.linux.resources.unified", "nodot", "$.linux.resources.unified.nodot")]
    [InlineData("$.linux.timeOffsets", "wall", "$.linux.timeOffsets.wall")]
    [InlineData("$.linux.netDevices", "a b", "$.linux.netDevices['a b']")]
    [InlineData("$.linux.netDevices", "..", "$.linux.netDevices['..']")]
    [InlineData("$.linux.resources.rdma", "", "$.linux.resources.rdma['']")]
    public void A_name_that_cannot_be_is_refused(string parent, string name, string path)
    {
        JsonObject config = WholeConfig.Make();
        bool isText = parent is "$.linux.sysctl" or "$.linux.resources.unified";
        JsonTree.At(config, parent)[name] = isText ? JsonValue.Create("1") : new JsonObject();
        Assert.Equal(path, Refuse(config).Path);
    }

    [Theory]
    [InlineData("mount", "$.mounts")]
    [InlineData("user", "$.linux.uidMappings")]
    [InlineData("time", "$.linux.timeOffsets")]
    [InlineData("uts", "$.hostname")]
    [InlineData("network", "$.linux.netDevices")]
    public void What_needs_a_namespace_is_refused_without_it(string type, string path)
    {
        JsonObject config = WholeConfig.Make();
        JsonArray namespaces = config["linux"]!["namespaces"]!.AsArray();
        namespaces.Remove(namespaces.Single(n => n!["type"]!.GetValue<string>() == type));
        Assert.Equal(path, Refuse(config).Path);
    }

    [Fact]
    public void The_path_of_a_strange_name_is_one_line_and_commands_no_terminal()
    {
        JsonObject config = WholeConfig.Make();
        config["linux"]!["sysctl"]!["a\n\u001b[2J'\\"] = 3;
        string path = Refuse(config).Path;
        Assert.Equal("$.linux.sysctl['a\\u000a\\u001b[2J\\'\\\\']", path);
    }

    [Fact]
    public void A_strange_value_is_told_in_one_line_too()
    {
        JsonObject config = WholeConfig.Make();
        JsonTree.Replace(config, "$.linux.personality.domain", "a\n\u001b[2J");
        Assert.Contains("'a\\u000a\\u001b[2J'", Refuse(config).Message, StringComparison.Ordinal);
    }

    private static RuntimeSpecException Refuse(JsonObject config) => Assert.Throws<RuntimeSpecException>(() =>
        RuntimeSpecValidator.Validate(RuntimeSpecJson.Deserialize(Encoding.UTF8.GetBytes(config.ToJsonString())), needsProcess: true));
}
