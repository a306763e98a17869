using System.Globalization;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>
/// What a supervisor knows of its container: <c>nsrun supervisor</c>'s own command line, which carries it over execve(2).
/// </summary>
internal sealed record SupervisedContainer
{
    private const int None = -1;

    // What stands before the restart's words.
    private const int OwnWords = 15;

    /// <summary>ID of its process, a child.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Descriptor of its output, or of its terminal's master.</summary>
    public required int Output { get; init; }

    /// <summary>Descriptor of its error output; -1 for none.</summary>
    public int Error { get; init; } = None;

    /// <summary>Descriptor that its standard input is written to; -1 when nobody can. The terminal's master for one with a terminal.</summary>
    public int Input { get; init; } = None;

    /// <summary>True when it has a terminal.</summary>
    public bool HasTerminal { get; init; }

    /// <summary>Descriptor of the socket on which one attaches.</summary>
    public required int Listener { get; init; }

    /// <summary>Descriptors of pipes of whoever started it attached: they get its output, too; -1 for none.</summary>
    public (int Output, int Error) Pipes { get; init; } = (None, None);

    /// <summary>Its log.</summary>
    public required string LogFile { get; init; }

    /// <summary>How large that may become, in bytes, and how many older ones are kept.</summary>
    public required (long Size, int Count) LogLimit { get; init; }

    /// <summary>Where its end is recorded.</summary>
    public required string ExitFile { get; init; }

    /// <summary>The record of its network helper, which ends with it; empty for none.</summary>
    public string NetworkRecord { get; init; } = "";

    /// <summary>The file of its health checks; empty for none.</summary>
    public string HealthPlan { get; init; } = "";

    /// <summary>How it is started again when it has ended; null for never.</summary>
    public ContainerRestart? Restart { get; init; }

    /// <summary>The command line.</summary>
    public List<string> ToWords() =>
    [
        "nsrun", "supervisor",
        .. new[] { ProcessId, Output, Error, Input, HasTerminal ? 1 : 0, Listener, Pipes.Output, Pipes.Error, LogLimit.Count }.Select(Text),
        LogLimit.Size.ToString(CultureInfo.InvariantCulture), LogFile, ExitFile, NetworkRecord, HealthPlan,
        .. Restart is { } restart
            ? (IEnumerable<string>)[restart.Policy.Text, Text(restart.Count), Text(restart.PauseMilliseconds), restart.Bundle, .. restart.Words]
            : [],
    ];

    /// <summary>Reads it.</summary>
    /// <param name="words">What <see cref="ToWords"/> has made, from the command on.</param>
    public static SupervisedContainer FromWords(ReadOnlySpan<string> words) => new()
    {
        ProcessId = Number(words[1]),
        Output = Number(words[2]),
        Error = Number(words[3]),
        Input = Number(words[4]),
        HasTerminal = words[5] == "1",
        Listener = Number(words[6]),
        Pipes = (Number(words[7]), Number(words[8])),
        LogLimit = (long.Parse(words[10], CultureInfo.InvariantCulture), Number(words[9])),
        LogFile = words[11],
        ExitFile = words[12],
        NetworkRecord = words[13],
        HealthPlan = words[14],
        Restart = words.Length == OwnWords ? null : new ContainerRestart
        {
            Policy = RestartPolicy.Parse(words[OwnWords])!,
            Count = Number(words[OwnWords + 1]),
            PauseMilliseconds = Number(words[OwnWords + 2]),
            Bundle = words[OwnWords + 3],
            Words = [.. words[(OwnWords + 4)..]],
        },
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
