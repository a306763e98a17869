using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Namespaces;
using Xunit;

namespace NsTools.Tests.Namespaces;

public sealed class NamespaceReferenceTests
{
    public static TheoryData<NamespaceType, string> Types => new()
    {
        { NamespaceType.Cgroup, "cgroup" },
        { NamespaceType.Ipc, "ipc" },
        { NamespaceType.Mount, "mnt" },
        { NamespaceType.Network, "net" },
        { NamespaceType.Pid, "pid" },
        { NamespaceType.Time, "time" },
        { NamespaceType.User, "user" },
        { NamespaceType.Uts, "uts" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void A_process_gives_the_namespaces_that_it_is_in(NamespaceType type, string file)
    {
        Assert.Equal(IdOf($"/proc/self/ns/{file}"), NamespaceReference.FromProcess(Environment.ProcessId).GetId(type));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_path_knows_its_type(NamespaceType type, string file)
    {
        NamespaceReference reference = NamespaceReference.FromText($"/proc/self/ns/{file}");
        Assert.Equal([type], reference.GetTypes());
        using SafeFileHandle descriptor = reference.Open(type);
        Assert.Equal(IdOf($"/proc/self/ns/{file}"), NamespaceDescriptor.GetId(descriptor));
    }

    [Fact]
    public void A_path_of_another_type_is_refused()
    {
        NsToolsException failure = Assert.Throws<NsToolsException>(
            () => NamespaceReference.FromPath("/proc/self/ns/net").Open(NamespaceType.Mount));
        Assert.Equal("NamespaceTypeMismatch", failure.ErrorId);
        Assert.Contains("Network", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/passwd", "NotANamespace")]
    [InlineData("/dev/null", "NotANamespace")]
    [InlineData("/proc/self/status", "NotANamespace")]
    [InlineData("/no/such/path", "NamespaceNotFound")]
    [InlineData("no-such-name", "NamespaceNotFound")]
    [InlineData("..", "NamespaceNotFound")]
    [InlineData("2147483647", "ProcessNotFound")]
    public void What_is_no_namespace_says_so(string text, string errorId)
    {
        Assert.Equal(errorId, Assert.Throws<NsToolsException>(() => NamespaceReference.FromText(text).Open(NamespaceType.Network)).ErrorId);
    }

    [Fact]
    public async Task A_fifo_without_a_writer_does_not_block()
    {
        string fifo = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using (Process maker = Process.Start("mkfifo", fifo))
            await maker.WaitForExitAsync();
        try
        {
            Task<NsToolsException> opening = Task.Run(
                () => Assert.Throws<NsToolsException>(() => NamespaceReference.FromPath(fifo).Open(NamespaceType.Network)));
            Assert.Equal("NotANamespace", (await opening.WaitAsync(TimeSpan.FromSeconds(10))).ErrorId);
        }
        finally
        {
            File.Delete(fifo);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("0")]
    [InlineData("99999999999999")]
    public void A_word_that_can_name_nothing_is_refused(string text)
    {
        Assert.Equal("InvalidNamespace", Assert.Throws<NsToolsException>(() => NamespaceReference.FromText(text)).ErrorId);
    }

    [Fact]
    public async Task An_open_process_directory_never_turns_into_another_process()
    {
        using Process child = Process.Start("sleep", "1000");
        using ProcDirectory directory = Assert.IsType<ProcDirectory>(ProcDirectory.TryOpen(child.Id, out _));
        Assert.NotNull(directory.ReadStartTime());
        child.Kill();
        await child.WaitForExitAsync();
        NsToolsException failure = Assert.Throws<NsToolsException>(() => ProcessNamespaces.Open(directory, NamespaceType.Network));
        Assert.Equal("ProcessEnded", failure.ErrorId);
        Assert.Null(directory.ReadStartTime());
        Assert.Null(directory.ReadUserId());
        Assert.Null(directory.ReadCommand());
    }

    [Fact]
    public async Task A_namespace_is_not_mistaken_for_the_one_that_took_its_path()
    {
        using Process child = Process.Start("sleep", "1000");
        LinuxNamespace gone = new() { Type = NamespaceType.Network, Id = 1, Path = $"/proc/{child.Id}/ns/net" };
        Assert.Equal("NamespaceGone", Assert.Throws<NsToolsException>(() => NamespaceReference.FromNamespace(gone).Open(NamespaceType.Network)).ErrorId);
        child.Kill();
        await child.WaitForExitAsync();
    }

    [Fact]
    public async Task A_set_is_not_mistaken_for_a_process_that_took_its_holders_id()
    {
        using Process child = Process.Start("sleep", "1000");
        LinuxNamespace own = new() { Type = NamespaceType.Network, Id = IdOf("/proc/self/ns/net"), Path = $"/proc/{child.Id}/ns/net" };
        NamespaceSet set = new() { Name = "s", ProcessId = child.Id, State = NamespaceSetState.Running, Namespaces = [own] };
        Assert.Equal(own.Id, NamespaceReference.FromSet(set).GetId(NamespaceType.Network));
        Assert.Equal(IdOf("/proc/self/ns/uts"), NamespaceReference.FromSet(set).GetId(NamespaceType.Uts));

        NamespaceSet other = set with { Namespaces = [own with { Id = own.Id + 1 }] };
        Assert.Equal("NamespaceSetDead", Assert.Throws<NsToolsException>(() => NamespaceReference.FromSet(other).GetId(NamespaceType.Uts)).ErrorId);

        child.Kill();
        await child.WaitForExitAsync();
        Assert.Equal("NamespaceSetDead", Assert.Throws<NsToolsException>(() => NamespaceReference.FromSet(set).GetId(NamespaceType.Uts)).ErrorId);
    }

    private static long IdOf(string path)
    {
        string target = new FileInfo(path).LinkTarget!;
        return long.Parse(target[(target.IndexOf('[', StringComparison.Ordinal) + 1)..^1], CultureInfo.InvariantCulture);
    }
}
