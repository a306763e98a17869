using System.Globalization;
using System.Text.Json;
using NsTools.Interop.Health;
using NsTools.Interop.Processes;

namespace NsTools.Containers.Health;

/// <summary>Tells how containers are, by what their supervisors write down, and checks them.</summary>
/// <param name="store">Where they are.</param>
public sealed class ContainerHealthReader(ContainerStore store)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Checks a container once, now. What its supervisor says of it stays as it is.</summary>
    /// <param name="container">The container.</param>
    /// <param name="cancellation">Ends the check.</param>
    /// <returns>A result for each of its checks.</returns>
    /// <exception cref="NsToolsException">It does not run (<c>ContainerNotRunning</c>), or has no health check (<c>ContainerHasNoHealthCheck</c>).</exception>
    public IReadOnlyList<ContainerHealthResult> Test(Container container, CancellationToken cancellation)
    {
        ContainerDocument document = Require(container);
        store.RequireRunning(container.Id);
        string plan = Path.Join(store.PathOf(document.Id), HealthPlan.FileName);
        List<ContainerHealthResult> results = [];
        for (int index = 0; index < document.HealthChecks.Count; index++)
        {
            (ProcessExit exit, string output, string error) = OciRuntime.Execute(["check-health", store.Runtime.Root, document.Id, plan, index.ToString(CultureInfo.InvariantCulture)], cancellation);
            if (exit.ExitCode != 0)
                throw OciRuntime.Failed("check-health", error, exit);
            if (output.Length == 0)
            {
                // It has ended since, or was frozen.
                store.RequireRunning(container.Id);
                continue;
            }
            results.Add(ToResult(JsonSerializer.Deserialize(output, HealthJson.Default.HealthResult)!, document.Name));
        }
        return results;
    }

    /// <summary>Waits until a container is as it shall be.</summary>
    /// <param name="container">The container.</param>
    /// <param name="wanted">How.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time was up.</returns>
    /// <exception cref="NsToolsException">As <see cref="Test"/>; also for one that ends meanwhile and is not started again.</exception>
    public bool Wait(Container container, ContainerHealthState wanted, TimeSpan timeout, CancellationToken cancellation)
    {
        ContainerDocument document = Require(container);
        long start = Environment.TickCount64;
        while (true)
        {
            if (Read(document) is { } record && (int)record.Status == (int)wanted && IsRunning(document))
                return true;
            // One that is being started again has no process for a moment.
            if (!IsRunning(document) && !ContainerRestartPolicy.MayRestart(store, document.Id))
                store.RequireRunning(document.Id);
            if (timeout != Timeout.InfiniteTimeSpan && Environment.TickCount64 - start >= timeout.TotalMilliseconds)
                return false;
            cancellation.WaitHandle.WaitOne(s_pause);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>How a container is.</summary>
    /// <param name="document">What it is.</param>
    /// <param name="isRunning">Whether it runs.</param>
    /// <returns>That; null for one without checks.</returns>
    internal ContainerHealth? Describe(ContainerDocument document, bool isRunning)
    {
        if (document.HealthChecks.Count == 0)
            return null;
        HealthRecord? record = isRunning ? Read(document) : null;
        return new ContainerHealth
        {
            // Between its start and its supervisor's first word.
            State = isRunning ? (ContainerHealthState)(record?.Status ?? HealthStatus.Starting) : null,
            FailingStreak = record?.FailingStreak ?? 0,
            Results = [.. (record?.Results ?? []).Select(result => ToResult(result, document.Name))],
            Checks = [.. document.HealthChecks.Select(ToCheck)],
        };
    }

    private bool IsRunning(ContainerDocument document) => store.Runtime.State(document.Id)?.Status is "running" or "paused";

    private HealthRecord? Read(ContainerDocument document) => ContainerJson.Read(Path.Join(store.Runtime.Root, document.Id, HealthRecord.FileName), HealthJson.Default.HealthRecord);

    private ContainerDocument Require(Container container) => store.Read(container.Id) switch
    {
        null => throw ContainerStore.NotFound(container.Name),
        { HealthChecks.Count: 0 } => throw new NsToolsException(
            FailureKind.InvalidState, "ContainerHasNoHealthCheck", $"The container '{container.Name}' has no health check.", "Make it with -HealthCommand, or of an image that has one."),
        var document => document,
    };

    private static ContainerHealthResult ToResult(HealthResult result, string name) => new()
    {
        Container = name,
        Role = (ContainerHealthRole)result.Role,
        ExitCode = result.ExitCode,
        StartedAt = result.Start,
        FinishedAt = result.End,
        Output = result.Output,
    };

    private static ContainerHealthCheck ToCheck(HealthProbe probe) => new()
    {
        Role = (ContainerHealthRole)probe.Role,
        Test = [.. probe.Test],
        Address = probe.Target is { } target ? ToUri(target) : null,
        Delay = probe.Delay,
        Interval = probe.Interval,
        Timeout = probe.Timeout,
        StartPeriod = probe.StartPeriod,
        Retries = probe.Retries,
        Successes = probe.Successes,
    };

    private static Uri ToUri(HealthTarget target)
    {
        string host = target.Host.Contains(':', StringComparison.Ordinal) ? $"[{target.Host}]" : target.Host;
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"{(target.IsHttp ? "http" : "tcp")}://{host}:{target.Port}{(target.IsHttp ? target.Path : "")}"));
    }
}
