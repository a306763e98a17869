using System.Globalization;
using NsTools.Interop.Processes;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>When a supervisor starts its container again: <c>no</c>, <c>on-failure[:N]</c>, <c>always</c>, <c>unless-stopped</c>.</summary>
internal sealed record RestartPolicy
{
    // Docker's: doubled from the one to the other, and forgotten when the program has run for a while.
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_while = TimeSpan.FromSeconds(10);

    private readonly bool _onlyFailures;
    private readonly int _most;

    private RestartPolicy(string text, bool onlyFailures, int most) => (Text, _onlyFailures, _most) = (text, onlyFailures, most);

    /// <summary>As it was given.</summary>
    public string Text { get; }

    /// <summary>Reads one.</summary>
    /// <param name="text">The text; null is <c>no</c>.</param>
    /// <returns>The policy; null for <c>no</c>.</returns>
    /// <exception cref="UsageException">It is none.</exception>
    public static RestartPolicy? Parse(string? text)
    {
        string[] parts = (text ?? "no").Split(':', 2);
        int most = int.MaxValue;
        return parts[0] switch
        {
            "no" when parts.Length == 1 => null,
            "always" or "unless-stopped" when parts.Length == 1 => new RestartPolicy(text!, onlyFailures: false, most),
            "on-failure" when parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out most) => new RestartPolicy(text!, onlyFailures: true, most),
            _ => throw new UsageException($"option '--restart' is no, on-failure[:N], always or unless-stopped, not '{text}'"),
        };
    }

    /// <summary>Whether it is to be started again.</summary>
    /// <param name="exit">How it has ended.</param>
    /// <param name="restarts">How often that was done.</param>
    public bool Wants(ProcessExit exit, int restarts) => !_onlyFailures || (exit.ExitCode != 0 && restarts < _most);

    /// <summary>How long to wait before, so that a program that fails at once does not take the machine.</summary>
    /// <param name="last">How long was waited the last time; zero for the first one.</param>
    /// <param name="lived">How long the program has run.</param>
    public static TimeSpan Pause(TimeSpan last, TimeSpan lived)
    {
        if (last <= TimeSpan.Zero || lived >= s_while)
            return s_first;
        return last * 2 < s_longest ? last * 2 : s_longest;
    }
}
