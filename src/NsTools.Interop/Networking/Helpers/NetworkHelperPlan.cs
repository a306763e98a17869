using System.Globalization;

namespace NsTools.Interop.Networking.Helpers;

/// <summary>How a program is started that gives a network namespace its way out, such as <c>pasta(1)</c> or <c>slirp4netns(1)</c>.</summary>
public sealed record NetworkHelperPlan
{
    /// <summary>Stands in <see cref="Arguments"/> for the ID of the process whose network namespace it is.</summary>
    public const string ProcessWord = "{pid}";

    private const string None = "-";

    /// <summary>The file that says which process the helper is, for as long as it is to be there.</summary>
    public required string Record { get; init; }

    /// <summary>Path of the program.</summary>
    public required string Program { get; init; }

    /// <summary>Its arguments without its own name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Where one that goes to the background by itself, once it is ready, writes its process ID; null for one that stays and writes a byte to descriptor 3 then.</summary>
    public string? ProcessFile { get; init; }

    /// <summary>The socket of one that takes requests when it is ready; null for none.</summary>
    public string? Socket { get; init; }

    /// <summary>The requests, JSON documents; what is answered with an error ends the helper.</summary>
    public IReadOnlyList<string> Requests { get; init; } = [];

    /// <summary>As words of a command line.</summary>
    public IReadOnlyList<string> ToWords() =>
        [Record, ProcessFile ?? None, Socket ?? None, Requests.Count.ToString(CultureInfo.InvariantCulture), .. Requests, Program, .. Arguments];

    /// <summary>Reads what <see cref="ToWords"/> gave.</summary>
    /// <param name="words">The words.</param>
    public static NetworkHelperPlan FromWords(IReadOnlyList<string> words)
    {
        int requests = int.Parse(words[3], CultureInfo.InvariantCulture);
        return new NetworkHelperPlan
        {
            Record = words[0],
            ProcessFile = words[1] == None ? null : words[1],
            Socket = words[2] == None ? null : words[2],
            Requests = [.. words.Skip(4).Take(requests)],
            Program = words[4 + requests],
            Arguments = [.. words.Skip(5 + requests)],
        };
    }
}
