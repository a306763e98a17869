using System.Diagnostics;
using NsTools.Namespaces;
using Xunit;

namespace NsTools.Tests.Namespaces;

public sealed class NamespaceScannerTests
{
    [Fact]
    public void A_scan_is_ordered_and_has_each_namespace_once()
    {
        IReadOnlyList<LinuxNamespace> found = NamespaceScanner.Scan([], CancellationToken.None);
        Assert.Equal(found.OrderBy(n => n.Type).ThenBy(n => n.Id), found);
        Assert.Equal(found.Count, found.DistinctBy(n => n.Id).Count());
        Assert.Contains(found, n => n.Type == NamespaceType.Time && n.ProcessCount > 0);
    }

    [Fact]
    public void A_scan_of_one_kind_finds_what_a_scan_of_all_finds()
    {
        LinuxNamespace[] all = [.. NamespaceScanner.Scan([], CancellationToken.None).Where(n => n.Type == NamespaceType.Time)];
        Assert.Equal(all.Select(n => n.Id), NamespaceScanner.Scan([NamespaceType.Time], CancellationToken.None).Select(n => n.Id));
    }

    [Fact]
    public void A_scan_stops_when_it_is_told_to()
    {
        Assert.Throws<OperationCanceledException>(() => NamespaceScanner.Scan([], new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_scan_leaves_no_descriptor_open()
    {
        NamespaceScanner.Scan([], CancellationToken.None);
        int before = OpenDescriptors();
        for (int i = 0; i < 20; i++)
            NamespaceScanner.Scan([], CancellationToken.None);
        Assert.InRange(OpenDescriptors(), 0, before + 5);
    }

    [Fact]
    public async Task Processes_that_end_during_a_scan_are_no_error()
    {
        using CancellationTokenSource done = new();
        Task churn = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                using Process process = Process.Start("true");
                await process.WaitForExitAsync();
            }
        });
        for (int i = 0; i < 50; i++)
            Assert.NotEmpty(NamespaceScanner.Scan([], CancellationToken.None));
        await done.CancelAsync();
        await churn;
    }

    [Fact]
    public void A_snapshot_has_each_kind_of_a_process_and_none_of_one_that_is_not_there()
    {
        NamespaceSnapshot snapshot = new();
        Assert.Equal(8, snapshot.OfProcess(Environment.ProcessId, [], CancellationToken.None).Count);
        NsToolsException gone = Assert.Throws<NsToolsException>(() => snapshot.OfProcess(int.MaxValue, [], CancellationToken.None));
        Assert.Equal("ProcessNotFound", gone.ErrorId);
    }

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
