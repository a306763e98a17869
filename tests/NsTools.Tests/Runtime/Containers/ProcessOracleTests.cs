using Xunit;

namespace NsTools.Tests.Runtime.Containers;

/// <summary>The same config, run by <c>nsrun</c>, runc and crun: the process inside sees the same.</summary>
public sealed class ProcessOracleTests
{
    private const string Status = "grep -E '^(Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Umask):' /proc/self/status";

    private const string SomeCapabilities =
        """{"bounding":["CAP_CHOWN","CAP_KILL","CAP_SETUID","CAP_SETGID"],"permitted":["CAP_CHOWN","CAP_KILL"],"effective":["CAP_CHOWN","CAP_KILL"]}""";

    private const string Denial = """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}""";

    /// <summary>What is changed in the config, and the script that looks.</summary>
    public static TheoryData<string, string[], string> Cases() => new()
    {
        { "nothing is said", [], Status },
        { "user and groups", ["$.process.user", """{"uid":1000,"gid":1001,"additionalGids":[5,6],"umask":23}"""], Status },
        { "capabilities of root", ["$.process.capabilities", SomeCapabilities], Status },
        { "capabilities of a user", ["$.process.capabilities", SomeCapabilities, "$.process.user", """{"uid":1000,"gid":1000}"""], Status },
        {
            "ambient capabilities",
            [
                "$.process.capabilities",
                """{"bounding":["CAP_KILL","CAP_CHOWN"],"permitted":["CAP_KILL"],"effective":["CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL"]}""",
                "$.process.user", """{"uid":1000,"gid":1000}""",
            ],
            Status
        },
        { "no new privileges", ["$.process.noNewPrivileges", "true"], Status },
        {
            "limits",
            ["$.process.rlimits", """[{"type":"RLIMIT_NOFILE","soft":33,"hard":44},{"type":"RLIMIT_CORE","soft":0,"hard":0},{"type":"RLIMIT_STACK","soft":4194304,"hard":8388608}]"""],
            "cat /proc/self/limits | grep -E 'open files|core|stack'"
        },
        { "score", ["$.process.oomScoreAdj", "456"], "cat /proc/self/oom_score_adj" },
        { "environment", ["$.process.env", """["PATH=/bin","B=2","A=1 1"]"""], "env | grep -v SHLVL | sort" },
        { "home of a user", ["$.process.user", """{"uid":1000,"gid":1000}"""], "echo $HOME" },
        { "home of a user that passwd does not have", ["$.process.user", """{"uid":1234,"gid":1000}"""], "echo $HOME" },
        { "home that is set", ["$.process.env", """["PATH=/bin","HOME=/tmp"]"""], "echo $HOME" },
        { "a directory that is made", ["$.process.cwd", "\"/made/for/it\""], "pwd; stat -c '%a %u:%g' . .. ../.." },
        { "a directory that only root can enter", ["$.process.cwd", "\"/private\"", "$.process.user", """{"uid":1000,"gid":1000}"""], "/bin/pwd; ls 2>&1" },
        { "a directory that a link inside leads to", ["$.process.cwd", "\"/link\""], "/bin/pwd" },
        { "a filter", ["$.linux.seccomp", Denial], $"mkdir /tmp/x; {Status}" },
        { "a filter, and no new privileges", ["$.linux.seccomp", Denial, "$.process.noNewPrivileges", "true"], $"mkdir /tmp/x; {Status}" },
        {
            "a filter, a user and capabilities",
            ["$.linux.seccomp", Denial, "$.process.capabilities", SomeCapabilities, "$.process.user", """{"uid":1000,"gid":1000}"""],
            $"mkdir /tmp/x; {Status}"
        },
        { "signals", [], "grep -E '^Sig(Blk|Ign|Cgt)' /proc/1/status" },
        { "descriptors", [], "ls /proc/self/fd | wc -l" },
        { "session and group", [], "sed 's/.*) . //' /proc/1/stat | cut -d ' ' -f 1-3 2>/dev/null || true" },
    };

    [PeerTheory("runc")]
    [MemberData(nameof(Cases))]
    public void It_is_as_runc_has_it(string what, string[] changes, string script) => Compare("runc", what, changes, script);

    [PeerTheory("crun")]
    [MemberData(nameof(Cases))]
    public void It_is_as_crun_has_it(string what, string[] changes, string script)
    {
        // Where runc says "/" crun 1.8 says nothing.
        if (what != "home of a user that passwd does not have")
            Compare("crun", what, changes, script);
    }

    private static void Compare(string peer, string what, string[] changes, string script)
    {
        ToolOutput theirs = Run(Tool.Find(peer)!, changes, script), ours = Run(Launch.RuntimePath, changes, script);
        Assert.True(theirs.ExitCode == ours.ExitCode, $"{what}: {theirs.ExitCode} {theirs.Error}; {ours.ExitCode} {ours.Error}");
        Assert.Equal(theirs.Output, ours.Output);
        Assert.NotEqual("", ours.Output + ours.Error);
    }

    private static ToolOutput Run(string runtime, string[] changes, string script)
    {
        using var bundle = new ContainerBundle { Script = script };
        File.WriteAllText(bundle["etc/passwd"], "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000::/home/bob:/bin/sh\n");
        Directory.CreateDirectory(bundle["private"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(bundle["target"]);
        File.CreateSymbolicLink(bundle["link"], "/target");
        for (int i = 0; i < changes.Length; i += 2)
            bundle.With(changes[i], changes[i + 1]);
        return bundle.Run(runtime);
    }
}
