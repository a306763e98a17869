using NsTools.Interop.Oci;
using NsTools.Interop.Seccomp;
using NsTools.Tests.Harness;
using Xunit;

namespace NsTools.Tests.Runtime.Containers;

public sealed class FilterCacheTests
{
    private static readonly SeccompSpec s_filter = new()
    {
        DefaultAction = "SCMP_ACT_ALLOW",
        Syscalls = [new() { Names = ["mkdir", "rmdir"], Action = "SCMP_ACT_ERRNO", Args = [new() { Index = 0, Value = 1, Op = "SCMP_CMP_EQ" }] }],
    };

    [Fact]
    public void A_filter_is_found_again_and_no_other_is_taken_for_it()
    {
        using var directory = new TemporaryDirectory();
        FilterCache.Of(directory.Path, s_filter, "2.5.4")!.Write([1, 2, 3, 4, 5, 6, 7, 8], "words");
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], FilterCache.Of(directory.Path, s_filter, "2.5.4")!.Read()!.Value.Program);
        Assert.Equal("words", FilterCache.Of(directory.Path, s_filter, "2.5.4")!.Read()!.Value.Warning);
        SeccompRule rule = s_filter.Syscalls![0];
        SeccompSpec[] others =
        [
            s_filter with { DefaultErrnoRet = 1 },
            s_filter with { Architectures = ["SCMP_ARCH_X86"] },
            s_filter with { Syscalls = [rule with { Names = ["mkdir"] }] },
            s_filter with { Syscalls = [rule with { ErrnoRet = 2 }] },
            s_filter with { Syscalls = [rule with { Args = null }] },
            s_filter with { Syscalls = [rule with { Args = [rule.Args![0] with { Value = 2 }] }] },
        ];
        Assert.All(others, other => Assert.Null(FilterCache.Of(directory.Path, other, "2.5.4")!.Read()));
        Assert.Null(FilterCache.Of(directory.Path, s_filter, "2.6.0")!.Read());
        Assert.Null(FilterCache.Of(null, s_filter, null));
    }

    [Fact]
    public void What_is_damaged_or_another_ones_is_not_taken_and_there_are_not_ever_more()
    {
        using var directory = new TemporaryDirectory();
        FilterCache cache = FilterCache.Of(directory.Path, s_filter, "2.5.4")!;
        cache.Write(new byte[64], null);
        string file = Assert.Single(Directory.GetFiles(directory.Path));
        byte[] whole = File.ReadAllBytes(file);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(file, whole[..length]);
            Assert.Null(cache.Read());
        }
        File.WriteAllBytes(file, [.. whole, 0]);
        Assert.Null(cache.Read());
        whole[8] ^= 1;
        File.WriteAllBytes(file, whole);
        Assert.Null(cache.Read());
        for (int version = 0; version < 100; version++)
            FilterCache.Of(directory.Path, s_filter, $"{version}")!.Write(new byte[8], null);
        Assert.InRange(Directory.GetFiles(directory.Path).Length, 1, 32);
    }

    [ContainerFact]
    public void The_second_container_gets_the_same_filter_and_the_same_warning()
    {
        using var bundle = new ContainerBundle { Script = "grep Seccomp: /proc/self/status; mkdir /tmp/x" };
        bundle.With("$.linux.seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat","no_such_call"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}""");
        ToolOutput first = bundle.Run(Launch.RuntimePath), second = bundle.Run(Launch.RuntimePath);
        Assert.Equal("Seccomp:\t2\n", first.Output);
        Assert.Contains("No space left", first.Error, StringComparison.Ordinal);
        Assert.Contains("no_such_call", first.Error, StringComparison.Ordinal);
        Assert.Equal((first.Output, first.Error), (second.Output, second.Error));
        Assert.Single(Directory.GetFiles(System.IO.Path.Combine(bundle.Path, $"state-{System.IO.Path.GetFileName(Launch.RuntimePath)}"), ",seccomp-*"));
    }
}
