using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Processes;
using NsTools.Interop.Syscalls;
using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Processes;

public sealed class NamespaceThreadTests
{
    [Fact]
    public void The_work_runs_on_a_thread_of_its_own_and_gives_its_result()
    {
        int caller = Environment.CurrentManagedThreadId;
        (int thread, bool pooled) = NamespaceThread.Run([], () => (Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread));
        Assert.NotEqual(caller, thread);
        Assert.False(pooled);
    }

    [Fact]
    public void What_the_work_throws_comes_out_with_its_own_stack()
    {
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => NamespaceThread.Run([], ThrowFromHere));
        Assert.Equal("from the work", thrown.Message);
        Assert.Contains(nameof(ThrowFromHere), thrown.StackTrace, StringComparison.Ordinal);

        static void ThrowFromHere() => throw new InvalidOperationException("from the work");
    }

    [RootFact]
    public void Network_mount_uts_ipc_and_cgroup_namespaces_are_joined_and_the_caller_stays()
    {
        string[] kinds = ["net", "mnt", "uts", "ipc", "cgroup"];
        List<SafeFileHandle> handles = [];
        string[] inside = [], joined = [];
        // A thread makes the namespaces; its descriptors keep them after it has ended.
        NamespaceThread.Run([], () =>
        {
            const int New = 0x40000000 | 0x00020000 | 0x04000000 | 0x08000000 | 0x02000000;
            Assert.Equal(0, LibC.unshare(New));
            inside = Identities(kinds);
            foreach (string kind in kinds)
                handles.Add(Descriptor.Open($"/proc/thread-self/ns/{kind}", LibC.O_RDONLY));
        });
        try
        {
            string[] before = Identities(kinds);
            NamespaceThread.Run(handles, () => joined = Identities(kinds));
            Assert.Equal(inside, joined);
            Assert.Equal(before, Identities(kinds));
            Assert.All(before.Zip(joined), pair => Assert.NotEqual(pair.First, pair.Second));
        }
        finally
        {
            handles.ForEach(handle => handle.Dispose());
        }
    }

    [Theory]
    [InlineData("/proc/self/ns/user")]
    [InlineData("/proc/self/ns/pid")]
    [InlineData("/proc/self/ns/time")]
    public void Kinds_that_a_process_of_many_threads_cannot_enter_are_refused_in_words(string path)
    {
        using SafeFileHandle handle = Descriptor.Open(path, LibC.O_RDONLY);
        SyscallException failure = Assert.Throws<SyscallException>(() => NamespaceThread.Run([handle], () => { }));
        Assert.Equal(("setns", "EINVAL"), (failure.Syscall, failure.Name));
        Assert.Contains("many threads", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_descriptor_of_something_else_is_refused_in_words()
    {
        using SafeFileHandle handle = Descriptor.Open("/etc", LibC.O_RDONLY);
        SyscallException failure = Assert.Throws<SyscallException>(() => NamespaceThread.Run([handle], () => { }));
        Assert.Equal("/etc", failure.Subject);
        Assert.Contains("no namespace", failure.Message, StringComparison.Ordinal);
    }

    private static string[] Identities(string[] kinds) =>
        [.. kinds.Select(kind => new FileInfo($"/proc/thread-self/ns/{kind}").LinkTarget!)];
}
