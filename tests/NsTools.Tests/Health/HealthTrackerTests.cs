using NsTools.Interop.Health;
using Xunit;

namespace NsTools.Tests.Health;

public class HealthTrackerTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_check_is_due_after_its_delay_and_then_an_interval_after_it_has_ended()
    {
        HealthTracker tracker = new([Probe(HealthRole.Health) with { Delay = 3 * s_second, Interval = 2 * s_second }]);
        Assert.Null(tracker.TakeDue(2.9 * s_second));
        Assert.Equal(3 * s_second, tracker.NextDue);
        Assert.Equal(0, tracker.TakeDue(3 * s_second));
        // Not twice at a time.
        Assert.Null(tracker.TakeDue(9 * s_second));
        Assert.Null(tracker.NextDue);
        tracker.Report(0, Result(0), 10 * s_second);
        Assert.Equal(12 * s_second, tracker.NextDue);
    }

    [Fact]
    public void It_is_unhealthy_after_as_many_failures_in_a_row_as_retries_say()
    {
        HealthTracker tracker = new([Probe(HealthRole.Health) with { Retries = 2 }]);
        Assert.Equal(HealthStatus.Starting, tracker.Record.Status);
        Report(tracker, 1, 0, 1);
        Assert.Equal((HealthStatus.Healthy, 1), (tracker.Record.Status, tracker.Record.FailingStreak));
        Report(tracker, 1);
        Assert.Equal((HealthStatus.Unhealthy, 2), (tracker.Record.Status, tracker.Record.FailingStreak));
        Assert.False(tracker.MustEnd);
        Report(tracker, 0);
        Assert.Equal((HealthStatus.Healthy, 0), (tracker.Record.Status, tracker.Record.FailingStreak));
    }

    [Fact]
    public void Failures_of_the_start_period_do_not_count_until_it_was_well()
    {
        HealthTracker tracker = new([Probe(HealthRole.Health) with { Retries = 1, StartPeriod = 10 * s_second, StartInterval = 0.5 * s_second }]);
        tracker.Report(0, Result(1), 2 * s_second);
        Assert.Equal((HealthStatus.Starting, 0), (tracker.Record.Status, tracker.Record.FailingStreak));
        Assert.Equal(2.5 * s_second, tracker.NextDue);
        tracker.Report(0, Result(0), 3 * s_second);
        tracker.Report(0, Result(1), 4 * s_second);
        Assert.Equal(HealthStatus.Unhealthy, tracker.Record.Status);
        Assert.Equal(5 * s_second, tracker.NextDue);
    }

    [Fact]
    public void The_last_five_results_are_kept_and_one_that_says_nothing_is_none()
    {
        HealthTracker tracker = new([Probe(HealthRole.Health)]);
        Report(tracker, 1, 2, 3, 4, 5, 6, 7);
        tracker.Report(0, null, s_second);
        Assert.Equal([3, 4, 5, 6, 7], tracker.Record.Results.Select(result => result.ExitCode));
        Assert.Equal(7, tracker.Record.FailingStreak);
    }

    [Theory]
    [InlineData(nameof(HealthRole.Liveness), true)]
    [InlineData(nameof(HealthRole.Startup), true)]
    [InlineData(nameof(HealthRole.Readiness), false)]
    public void Only_some_end_the_container(string role, bool isEnded)
    {
        HealthTracker tracker = new([Probe(Enum.Parse<HealthRole>(role)) with { Retries = 1 }]);
        Report(tracker, 1);
        Assert.Equal(HealthStatus.Unhealthy, tracker.Record.Status);
        Assert.Equal(isEnded, tracker.MustEnd);
        Assert.Equal(isEnded, tracker.NextDue is null);
    }

    [Fact]
    public void Others_wait_for_the_startup_probe_which_is_asked_no_more_then()
    {
        HealthTracker tracker = new([Probe(HealthRole.Liveness), Probe(HealthRole.Startup) with { Delay = s_second }, Probe(HealthRole.Readiness)]);
        Assert.Equal(1, tracker.TakeDue(s_second));
        Assert.Null(tracker.TakeDue(s_second));
        tracker.Report(1, Result(0), s_second);
        Assert.Equal(HealthStatus.Starting, tracker.Record.Status);
        Assert.Equal(0, tracker.TakeDue(s_second));
        Assert.Equal(2, tracker.TakeDue(s_second));
        Assert.Null(tracker.TakeDue(100 * s_second));
        tracker.Report(2, Result(0), 2 * s_second);
        // That it is ready says all; that it lives is known by its not being ended.
        Assert.Equal(HealthStatus.Healthy, tracker.Record.Status);
        Assert.Equal(HealthRole.Readiness, tracker.Record.Results[^1].Role);
    }

    [Fact]
    public void Readiness_may_need_several_successes()
    {
        HealthTracker tracker = new([Probe(HealthRole.Readiness) with { Successes = 2, Retries = 1 }]);
        Report(tracker, 0);
        Assert.Equal(HealthStatus.Starting, tracker.Record.Status);
        Report(tracker, 1, 0);
        Assert.Equal(HealthStatus.Unhealthy, tracker.Record.Status);
        Report(tracker, 0);
        Assert.Equal(HealthStatus.Healthy, tracker.Record.Status);
    }

    [Fact]
    public void A_test_is_a_program_or_a_command_line()
    {
        Assert.Equal(["/bin/sh", "-c", "a b"], (Probe(HealthRole.Health) with { Test = ["CMD-SHELL", "a b"] }).ToCommand());
        Assert.Equal(["a", "b"], (Probe(HealthRole.Health) with { Test = ["CMD", "a", "b"] }).ToCommand());
    }

    private static HealthProbe Probe(HealthRole role) => new() { Role = role, Interval = s_second };

    private static HealthResult Result(int exitCode) => new() { ExitCode = exitCode };

    private static void Report(HealthTracker tracker, params ReadOnlySpan<int> exitCodes)
    {
        foreach (int exitCode in exitCodes)
            tracker.Report(0, Result(exitCode), s_second);
    }
}
