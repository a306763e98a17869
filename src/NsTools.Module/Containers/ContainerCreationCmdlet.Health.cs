using System.Management.Automation;

namespace NsTools.Module.Containers;

public abstract partial class ContainerCreationCmdlet
{
    /// <summary>What tells whether it is well, run in it again and again: a command line for /bin/sh -c, or a program and its arguments. NONE for nothing.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? HealthCommand { get; set; }

    /// <summary>Seconds from one check to the next; without it the image's, or 30.</summary>
    [Parameter]
    [ValidateRange(0.001, 2_000_000)]
    public double HealthIntervalSec { get; set; }

    /// <summary>Seconds that a check may take before it has failed; without it the image's, or 30.</summary>
    [Parameter]
    [ValidateRange(0.001, 2_000_000)]
    public double HealthTimeoutSec { get; set; }

    /// <summary>How many checks in a row have to fail; without it the image's, or 3.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int HealthRetryCount { get; set; }

    /// <summary>Seconds from its start in which failures do not count; without it the image's, or none.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double HealthStartPeriodSec { get; set; }

    /// <summary>Does without the image's health check.</summary>
    [Parameter]
    public SwitchParameter NoHealthCheck { get; set; }

    private ImageHealthCheck? GetHealthCheck()
    {
        ImageHealthCheck check = new()
        {
            Test = HealthCommand switch
            {
                null => null,
                [var word] when word.Equals("none", StringComparison.OrdinalIgnoreCase) => ["NONE"],
                [var line] => ["CMD-SHELL", line],
                var words => ["CMD", .. words],
            },
            Interval = Nanoseconds(nameof(HealthIntervalSec), HealthIntervalSec),
            Timeout = Nanoseconds(nameof(HealthTimeoutSec), HealthTimeoutSec),
            StartPeriod = Nanoseconds(nameof(HealthStartPeriodSec), HealthStartPeriodSec),
            Retries = IsGiven(nameof(HealthRetryCount)) ? HealthRetryCount : null,
        };
        bool isAny = check != new ImageHealthCheck();
        if (NoHealthCheck && isAny)
            throw new NsToolsException(FailureKind.InvalidArgument, "HealthCheckContradiction", "-NoHealthCheck does without what the other -Health parameters ask for.", "Leave out the one or the others.");
        return NoHealthCheck ? new ImageHealthCheck { Test = ["NONE"] } : isAny ? check : null;
    }

    private long? Nanoseconds(string parameter, double seconds) => IsGiven(parameter) ? TimeSpan.FromSeconds(seconds).Ticks * TimeSpan.NanosecondsPerTick : null;
}
