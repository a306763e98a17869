using System.Text;
using NsTools.Interop.Oci;
using Xunit;

namespace NsTools.Tests.Runtime;

public sealed class RuntimeSpecTests
{
    private const string Minimal = """{"ociVersion":"1.2.0","process":{"args":["/bin/true"],"cwd":"/"}}""";

    [Fact]
    public void What_is_written_is_read_again()
    {
        RuntimeSpec spec = Launch.Spec("/root", ["pid", "user"], "/bin/true", "-x") with
        {
            Hostname = "buda",
            Annotations = new Dictionary<string, string> { ["io.nstools.name"] = "buda" },
        };
        string json = Encoding.UTF8.GetString(RuntimeSpecJson.Serialize(spec));
        Assert.Contains("\"ociVersion\":\"1.2.0\"", json, StringComparison.Ordinal);
        Assert.Equal(json, Encoding.UTF8.GetString(RuntimeSpecJson.Serialize(RuntimeSpecJson.Deserialize(Encoding.UTF8.GetBytes(json)))));
    }

    [Fact]
    public void Every_member_is_read()
    {
        const string Whole =
            """
            {"ociVersion":"1.2.0","process":{"args":["a","b"],"env":["A=1"],"cwd":"/w","user":{"uid":1,"gid":2,"umask":18,"additionalGids":[3,4]},"terminal":true,"noNewPrivileges":true},"root":{"path":"/r","readonly":true},"hostname":"h","domainname":"d","mounts":[{"destination":"/m","type":"t","source":"s","options":["o"]}],"annotations":{"k":"v"},"linux":{"namespaces":[{"type":"pid","path":"/p"}],"uidMappings":[{"containerID":1,"hostID":2,"size":3}],"gidMappings":[{"containerID":4,"hostID":5,"size":6}],"timeOffsets":{"boottime":{"secs":-7,"nanosecs":8}},"rootfsPropagation":"slave"}}
            """;
        Assert.Equal(Whole, Encoding.UTF8.GetString(RuntimeSpecJson.Serialize(Read(Whole))));
    }

    [Fact]
    public void Members_of_other_platforms_and_later_versions_are_ignored() =>
        RuntimeSpecValidator.Validate(Read(Minimal.Replace("\"process\"", "\"windows\":{\"layerFolders\":[]},\"process\"", StringComparison.Ordinal)), needsProcess: true);

    [Fact]
    public void Defaults_hold_for_what_is_left_out()
    {
        RuntimeSpec spec = Read(Minimal);
        Assert.Equal(0u, spec.Process!.User.Uid);
        Assert.Null(spec.Linux);
    }

    [Theory]
    [InlineData("""{"ociVersion":"1.2.0","process":{"args":"x","cwd":"/"}}""", "$.process.args", "line 1, byte ")]
    [InlineData("""{"ociVersion":"1.2.0",""", "$", "line 1, byte ")]
    [InlineData("{\n\"ociVersion\":\"1.2.0\",\n\"process\":{\"args\":[],\"cwd\":7}}", "$.process.cwd", "line 3, byte ")]
    [InlineData("null", "$", "null")]
    [InlineData("""{"ociVersion":"1.2.0"} x""", "$", "line 1, byte 24")]
    [InlineData("""{"ociVersion":"1.2.0","process":{"args":["a",null],"cwd":"/"}}""", "$.process.args[1]", "a string")]
    [InlineData("""{"ociVersion":"1.2.0","process":{"args":["a"]}}""", "$.process.cwd", "missing")]
    [InlineData("""{"ociVersion":"1.2.0","process":{"args":["a"],"cwd":"/","user":{"uid":-1}}}""", "$.process.user.uid", "4294967295")]
    [InlineData("""{"ociVersion":"1.2.0","linux":{"namespaces":[{"path":"/x"}]}}""", "$.linux.namespaces[0].type", "missing")]
    [InlineData("""{"ociVersion":"1.2.0","hostname":"\ud800"}""", "$.hostname", "Unicode")]
    [InlineData("{}", "$.ociVersion", "missing")]
    public void Json_that_is_no_config_is_refused_with_path_and_position(string json, string path, string words)
    {
        RuntimeSpecException failure = Assert.Throws<RuntimeSpecException>(() => Read(json));
        Assert.Equal(path, failure.Path);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"ociVersion\":\"1.2.0\"", "\"ociVersion\":\"2.0.0\"", "$.ociVersion")]
    [InlineData("\"/bin/true\"", "", "$.process.args")]
    [InlineData("\"/bin/true\"", "\"\"", "$.process.args[0]")]
    [InlineData("\"/bin/true\"", "\"/bin/true\",\"a\\u0000b\"", "$.process.args[1]")]
    [InlineData("\"cwd\":\"/\"", "\"cwd\":\"relative\"", "$.process.cwd")]
    [InlineData("\"cwd\":\"/\"", "\"cwd\":\"/\",\"env\":[\"A=1\",\"B\"]", "$.process.env[1]")]
    [InlineData("\"process\"", "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pidd\"}]},\"process\"", "$.linux.namespaces[1].type")]
    [InlineData("\"process\"", "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\"}]},\"process\"", "$.linux.namespaces[1].type")]
    [InlineData("\"process\"", "\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]},\"process\"", "$.linux.namespaces[0].path")]
    [InlineData("\"process\"", "\"linux\":{\"rootfsPropagation\":\"slow\"},\"process\"", "$.linux.rootfsPropagation")]
    [InlineData("\"process\"", "\"linux\":{\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]},\"process\"", "$.linux.uidMappings")]
    [InlineData("\"process\"", "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}]},\"process\"", "$.linux.uidMappings[0].size")]
    [InlineData("\"process\"", "\"linux\":{\"namespaces\":[{\"type\":\"user\"}],\"gidMappings\":[{\"containerID\":4294967295,\"hostID\":0,\"size\":1}]},\"process\"", "$.linux.gidMappings[0]")]
    [InlineData("\"process\"", "\"linux\":{\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"wall\":{\"secs\":1}}},\"process\"", "$.linux.timeOffsets.wall")]
    [InlineData("\"process\"", "\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":1}}},\"process\"", "$.linux.timeOffsets")]
    [InlineData("\"process\"", "\"hostname\":\"buda\",\"process\"", "$.hostname")]
    [InlineData("\"process\"", "\"mounts\":[{\"destination\":\"/a\",\"type\":\"tmpfs\"}],\"process\"", "$.mounts")]
    [InlineData("\"process\"", "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\"mounts\":[{\"destination\":\"a\",\"type\":\"tmpfs\"}],\"process\"", "$.mounts[0].destination")]
    [InlineData("\"process\"", "\"root\":{\"path\":\"\"},\"process\"", "$.root.path")]
    public void A_value_that_cannot_be_is_refused_with_its_path(string from, string to, string path)
    {
        string json = Minimal.Replace(from, to, StringComparison.Ordinal);
        RuntimeSpecException failure = Assert.Throws<RuntimeSpecException>(() => RuntimeSpecValidator.Validate(Read(json), needsProcess: true));
        Assert.Equal(path, failure.Path);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    private static RuntimeSpec Read(string json) => RuntimeSpecJson.Deserialize(Encoding.UTF8.GetBytes(json));
}
