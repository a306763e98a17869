using System.Text.Json.Nodes;
using Xunit;

namespace NsTools.Tests.Runtime.Containers;

/// <summary><c>SCMP_ACT_NOTIFY</c>: an agent gets the descriptor, and decides about calls.</summary>
public sealed class SeccompNotifyTests
{
    private static readonly string s_runtime = Launch.RuntimePath;

    [ContainerFact]
    public void An_agent_is_told_of_the_container_and_decides_about_its_calls()
    {
        using var bundle = new ContainerBundle { Script = "mkdir /tmp/x; echo $?" };
        Notify(bundle, "mkdir", "mkdirat");
        bundle.Config["annotations"] = new JsonObject { ["a"] = "b" };
        using var agent = new SeccompAgent(Socket(bundle), error: 20);
        ToolOutput run = bundle.Run(s_runtime).Require();
        agent.Finish();
        Assert.Equal("1\n", run.Output);
        Assert.Contains("Not a directory", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, agent.Calls);
        JsonNode state = Assert.Single(agent.States);
        Assert.Equal("""["seccompFd"]""", state["fds"]!.ToJsonString());
        Assert.Equal("some words", state["metadata"]!.GetValue<string>());
        Assert.Equal("creating", state["state"]!["status"]!.GetValue<string>());
        Assert.Equal(state["pid"]!.GetValue<int>(), state["state"]!["pid"]!.GetValue<int>());
        Assert.Equal(bundle.Path, state["state"]!["bundle"]!.GetValue<string>());
        Assert.Equal("b", state["state"]!["annotations"]!["a"]!.GetValue<string>());
    }

    [ContainerFact]
    public void Calls_that_nsrun_itself_makes_may_be_asked_about_too()
    {
        // Also those with which a runtime would tell its agent.
        using var bundle = new ContainerBundle { Script = "echo done" };
        Notify(bundle, "read", "sendmsg", "close", "accept4", "execve", "rt_sigaction", "mmap", "futex", "ioctl");
        using var agent = new SeccompAgent(Socket(bundle), error: 0);
        Assert.Equal("done\n", bundle.Run(s_runtime).Require().Output);
        string id = bundle.Start(s_runtime);
        Launch.WaitUntil(() => bundle.Invoke(s_runtime, "state", id).Output.Contains("stopped", StringComparison.Ordinal), "the container ends");
        agent.Finish();
        Assert.Equal(2, agent.States.Count);
        Assert.InRange(agent.Calls, 10, int.MaxValue);
    }

    [ContainerFact]
    public void Exec_tells_its_agent_too()
    {
        using var bundle = new ContainerBundle("/bin/sleep", "60");
        Notify(bundle, "mkdir", "mkdirat");
        using var agent = new SeccompAgent(Socket(bundle), error: 28);
        string id = bundle.Start(s_runtime);
        ToolOutput exec = bundle.Exec(s_runtime, id, "/bin/mkdir", "/tmp/x");
        Assert.Contains("No space left", exec.Error, StringComparison.Ordinal);
        bundle.Invoke(s_runtime, "kill", id, "KILL").Require();
        agent.Finish();
        Assert.Equal(["creating", "running"], agent.States.Select(state => state["state"]!["status"]!.GetValue<string>()));
        Assert.Equal(1, agent.Calls);
    }

    [ContainerFact]
    public void Without_its_agent_a_container_is_not_made()
    {
        using var bundle = new ContainerBundle("/bin/touch", "/tmp/started");
        Notify(bundle, "mkdir");
        ToolOutput run = bundle.Run(s_runtime);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("$.linux.seccomp.listenerPath", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(bundle["tmp/started"]));
        Assert.Equal("[]", bundle.Invoke(s_runtime, "list", "--format", "json").Require().Output.Trim());
    }

    private static string Socket(ContainerBundle bundle) => System.IO.Path.Combine(bundle.Path, "agent");

    private static void Notify(ContainerBundle bundle, params string[] names) => bundle.Config["linux"]!["seccomp"] = new JsonObject
    {
        ["defaultAction"] = "SCMP_ACT_ALLOW",
        ["listenerPath"] = Socket(bundle),
        ["listenerMetadata"] = "some words",
        ["syscalls"] = new JsonArray(new JsonObject
        {
            ["names"] = new JsonArray([.. names.Select(name => (JsonNode)name)]),
            ["action"] = "SCMP_ACT_NOTIFY",
        }),
    };
}
