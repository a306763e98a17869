using System.Diagnostics;
using NsTools.Interop.Namespaces;
using NsTools.Interop.Processes;
using NsTools.Namespaces;
using Xunit;

namespace NsTools.Tests.Namespaces;

/// <summary>The store on the real file system and kernel; as root with real pins, otherwise without.</summary>
public sealed class NamespaceStoreTests : IDisposable
{
    private readonly string _runRoot = Directory.CreateTempSubdirectory("nstools-store-").FullName;
    private readonly List<Process> _holders = [];
    private readonly string _unique = Guid.NewGuid().ToString("N")[..12];

    private NamespaceStore Store => new(_runRoot);

    private static bool IsRoot => Environment.UserName == "root";

    private string Entry(string name) => Path.Combine(_runRoot, "namespaces", name);

    [Fact]
    public void An_empty_store_has_nothing_and_makes_nothing()
    {
        Assert.Empty(Store.List());
        Assert.Null(Store.Find("buda"));
        Assert.Equal("NamespaceNotFound", Assert.Throws<NsToolsException>(() => Store.Get("buda")).ErrorId);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("-rf")]
    [InlineData("4711")]
    [InlineData("a\n")]
    [InlineData("a2345678901234567890123456789012345678901234567890123456789012345")]
    public void A_name_that_is_no_safe_file_name_or_is_a_process_id_is_refused(string name)
    {
        var failure = Assert.Throws<NsToolsException>(() => Store.Claim(name, CancellationToken.None));
        Assert.Equal(("InvalidNamespaceName", FailureKind.InvalidArgument), (failure.ErrorId, failure.Kind));
        Assert.Null(Store.Find(name));
        Assert.Null(Store.Take(name, CancellationToken.None));
    }

    [Fact]
    public void A_kept_set_is_read_back_whole_and_its_name_is_taken()
    {
        NamespaceSet set = Make("buda");
        Assert.Equal(NamespaceSetState.Running, set.State);
        Assert.Equal(_holders[0].Id, set.ProcessId);
        Assert.Equal(("/var/tmp/buda", "buda-host"), (set.Root, set.HostName));
        Assert.Equal(Identify(_holders[0].Id, "user"), set.User!.Id);
        Assert.Equal(Identify(_holders[0].Id, "uts"), NamespaceFile.Identify(set.Uts!.Path!));
        Assert.Equal(["buda"], Store.Names());
        Assert.Equal("NamespaceExists", Assert.Throws<NsToolsException>(() => Store.Claim("buda", CancellationToken.None)).ErrorId);
        Assert.Equal(NamespaceSetState.Running, Store.Get("buda").State);
    }

    [Fact]
    public void A_claim_that_is_not_kept_leaves_nothing()
    {
        using (NamespaceClaim claim = Store.Claim("buda", CancellationToken.None))
        {
            claim.Record(Document("buda", StartHolder()), CancellationToken.None);
            Assert.Null(Store.Take("nobody", CancellationToken.None));
        }
        Assert.Empty(Store.Names());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
        Assert.DoesNotContain(_runRoot, File.ReadAllText("/proc/self/mountinfo"));
    }

    [Fact]
    public void Of_many_that_claim_a_name_at_once_exactly_one_gets_it()
    {
        using var start = new Barrier(8);
        int won = 0, lost = 0;
        List<NamespaceClaim> claims = [];
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                NamespaceClaim claim = Store.Claim("contended", CancellationToken.None);
                Interlocked.Increment(ref won);
                lock (claims)
                    claims.Add(claim);
            }
            catch (NsToolsException failure) when (failure.ErrorId == "NamespaceExists")
            {
                Interlocked.Increment(ref lost);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        claims.ForEach(c => c.Dispose());
        Assert.Equal((1, 7), (won, lost));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
    }

    [Fact]
    public void Claims_and_removals_of_many_names_at_once_leave_nothing()
    {
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using NamespaceClaim claim = Store.Claim($"n{i}", CancellationToken.None);
            // A reader meanwhile never sees what is only being made.
            Assert.DoesNotContain(Store.List(), s => s.Name == $"n{i}");
        });
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
    }

    [Fact]
    public void A_directory_without_document_is_dead_and_can_be_removed()
    {
        Directory.CreateDirectory(Entry("crashed"));
        NamespaceSet set = Assert.Single(Store.List());
        Assert.Equal(("crashed", NamespaceSetState.Dead, 0), (set.Name, set.State, set.ProcessId));
        Remove("crashed");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"name\": ")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void A_damaged_document_is_dead_and_can_be_removed(string content)
    {
        Directory.CreateDirectory(Entry("damaged"));
        File.WriteAllText(Path.Combine(Entry("damaged"), "set.json"), content);
        File.WriteAllText(Path.Combine(Entry("damaged"), "set.json.new"), "half a docu");
        Assert.Equal(NamespaceSetState.Dead, Store.Get("damaged").State);
        Remove("damaged");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
    }

    [Fact]
    public void A_set_whose_holder_was_killed_is_dead_and_can_be_removed()
    {
        Make("killed");
        Kill(_holders[0]);
        NamespaceSet set = Store.Get("killed");
        Assert.Equal((NamespaceSetState.Dead, 0), (set.State, set.ProcessId));
        // What is pinned is there still; what is not pinned has gone with the holder.
        Assert.Equal(IsRoot ? 2 : 0, set.Namespaces.Count);
        Remove("killed");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
        Assert.DoesNotContain(_runRoot, File.ReadAllText("/proc/self/mountinfo"));
    }

    [Fact]
    public void A_process_that_has_the_holders_number_is_not_the_holder()
    {
        Process holder = StartHolder();
        ProcessIdentity identity = ProcessIdentity.Of(holder.Id)!.Value;
        Assert.True(identity.IsAlive);
        Assert.False((identity with { StartTicks = identity.StartTicks - 1 }).IsAlive);
        Assert.False((identity with { BootId = Guid.NewGuid().ToString() }).IsAlive);
        using (NamespaceClaim claim = Store.Claim("reused", CancellationToken.None))
        {
            claim.Record(Document("reused", holder) with { Holder = identity with { StartTicks = 1 } }, CancellationToken.None);
            Assert.Equal(NamespaceSetState.Dead, claim.Keep().State);
        }
        Assert.Equal(NamespaceSetState.Dead, Store.Get("reused").State);
    }

    [Fact]
    public async Task Something_that_is_being_removed_cannot_be_removed_by_another_and_is_gone_for_it_afterwards()
    {
        Directory.CreateDirectory(Entry("once"));
        NamespaceRemoval first = Store.Take("once", CancellationToken.None)!;
        Task<NamespaceRemoval?> second = Task.Run(() => Store.Take("once", CancellationToken.None));
        Assert.NotSame(second, await Task.WhenAny(second, Task.Delay(100)));
        first.Complete();
        first.Dispose();
        Assert.Null(await second.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Waiting_for_another_can_be_cancelled()
    {
        Directory.CreateDirectory(Entry("busy"));
        using NamespaceRemoval first = Store.Take("busy", CancellationToken.None)!;
        using var soon = new CancellationTokenSource(50);
        Assert.ThrowsAny<OperationCanceledException>(() => Store.Take("busy", soon.Token));
        first.Complete();
    }

    [RootFact]
    public void A_network_namespace_gets_its_name_for_ip_netns_and_loses_it_with_the_set()
    {
        string name = $"t{_unique}";
        NamespaceSet set = Make(name, network: true);
        Assert.Equal(set.Network!.Id, NamespaceFile.Identify($"/run/netns/{name}"));
        Assert.Contains(name, Run("ip", "netns", "list"));
        Assert.Contains("lo", Run("ip", "netns", "exec", name, "ip", "link"));
        Kill(_holders[0]);
        Remove(name);
        Assert.False(File.Exists($"/run/netns/{name}"));
        Assert.DoesNotContain(name, File.ReadAllText("/proc/self/mountinfo"));
    }

    [RootFact]
    public void A_name_that_somebody_else_has_under_run_netns_is_left_alone()
    {
        string name = $"t{_unique}";
        Run("ip", "netns", "add", name);
        try
        {
            long theirs = NamespaceFile.Identify($"/run/netns/{name}")!.Value;
            var failure = Assert.Throws<NsToolsException>(() => Make(name, network: true));
            Assert.Equal(("NetworkNamespaceExists", FailureKind.AlreadyExists), (failure.ErrorId, failure.Kind));
            Assert.Equal(theirs, NamespaceFile.Identify($"/run/netns/{name}"));
            Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
        }
        finally
        {
            Run("ip", "netns", "delete", name);
        }
    }

    [RootFact]
    public void A_crash_between_the_document_and_the_pins_leaves_what_can_be_removed()
    {
        string name = $"t{_unique}";
        Process holder = StartHolder("--net");
        Directory.CreateDirectory(Entry(name));
        File.WriteAllBytes(Path.Combine(Entry(name), "set.json"), Document(name, holder, network: true).ToBytes());
        // The file under /run/netns was made, the namespace not yet mounted on it.
        Run("ip", "netns", "add", $"{name}x");
        Run("ip", "netns", "delete", $"{name}x");
        File.WriteAllText($"/run/netns/{name}", "");
        File.WriteAllText(Path.Combine(Entry(name), "net"), "");
        Remove(name);
        Assert.False(File.Exists($"/run/netns/{name}"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runRoot));
    }

    [RootFact]
    public void A_set_of_every_kind_can_be_pinned_its_mount_namespace_too()
    {
        NamespaceSet set = Make("pinned", mount: true);
        Assert.All(set.Namespaces, n => Assert.StartsWith(Entry("pinned"), n.Path));
        Assert.Equal(set.Mount!.Id, NamespaceFile.Identify(set.Mount.Path!));
        // Private, whatever the mount was on which the run root lies: otherwise binding the mount namespace fails.
        Assert.Equal("private", Run("findmnt", "-no", "PROPAGATION", Path.Combine(_runRoot, "namespaces")).Trim());
    }

    public void Dispose()
    {
        _holders.ForEach(Kill);
        foreach (string name in Store.Names())
            Remove(name);
        Directory.Delete(_runRoot, recursive: true);
    }

    private NamespaceSet Make(string name, bool network = false, bool mount = false)
    {
        Process holder = StartHolder([.. network ? ["--net"] : Array.Empty<string>(), .. mount ? ["--mount"] : Array.Empty<string>()]);
        using NamespaceClaim claim = Store.Claim(name, CancellationToken.None);
        claim.Record(Document(name, holder, network, mount), CancellationToken.None);
        return claim.Keep();
    }

    private void Remove(string name)
    {
        using NamespaceRemoval removal = Store.Take(name, CancellationToken.None)!;
        removal.Complete();
    }

    private static NamespaceSetDocument Document(string name, Process holder, bool network = false, bool mount = false)
    {
        Dictionary<NamespaceType, long> namespaces = new()
        {
            [NamespaceType.User] = Identify(holder.Id, "user"),
            [NamespaceType.Uts] = Identify(holder.Id, "uts"),
        };
        if (network)
            namespaces[NamespaceType.Network] = Identify(holder.Id, "net");
        if (mount)
            namespaces[NamespaceType.Mount] = Identify(holder.Id, "mnt");
        return new NamespaceSetDocument
        {
            Name = name,
            Holder = ProcessIdentity.Of(holder.Id)!.Value,
            Root = "/var/tmp/buda",
            HostName = "buda-host",
            Created = DateTimeOffset.UtcNow,
            OwnerUserId = 0,
            HasNetworkName = network,
            Namespaces = namespaces,
        };
    }

    private Process StartHolder(params string[] more)
    {
        var start = new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--uts", .. more, "--", "sleep", "600"]);
        Process holder = Process.Start(start)!;
        _holders.Add(holder);
        // Not before it is `sleep` has unshare(1) made all of them.
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{holder.Id}/comm") == "sleep\n", TimeSpan.FromSeconds(5)));
        return holder;
    }

    private static void Kill(Process holder)
    {
        if (!holder.HasExited)
            holder.Kill();
        holder.WaitForExit();
    }

    private static long Identify(int processId, string kind) => NamespaceFile.Identify($"/proc/{processId}/ns/{kind}")!.Value;

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
