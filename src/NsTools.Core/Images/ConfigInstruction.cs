using System.Text;
using System.Text.Json;

namespace NsTools.Images;

/// <summary>
/// Instructions of a Dockerfile that change an image's configuration and nothing else, as <c>podman commit --change</c> takes
/// them: <c>CMD ["nginx"]</c>, <c>ENV COLOR=blue</c>.
/// </summary>
public static class ConfigInstruction
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

    /// <summary>The configuration with an instruction's change.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="instruction">The instruction, on one line.</param>
    /// <exception cref="NsToolsException">It is none of these (<c>InvalidInstruction</c>).</exception>
    public static ImageRunConfig Apply(ImageRunConfig config, string instruction)
    {
        string[] parts = instruction.Trim().Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 2)
            throw Invalid(instruction, "It has no argument.");
        string text = parts[1].Trim();
        switch (parts[0].ToUpperInvariant())
        {
            case "CMD":
                return config with { Cmd = Program(text, instruction) };
            case "ENTRYPOINT":
                // As in a Dockerfile: the arguments were for the former program.
                return config with { Entrypoint = Program(text, instruction), Cmd = null };
            case "ENV":
                return config with { Env = Merge(config.Env ?? [], Pairs(text, instruction).Select(pair => (pair.Name, (string?)pair.Value))) };
            case "EXPOSE":
                return config with { ExposedPorts = Union(config.ExposedPorts, Words(text, instruction).Select(port => port.Contains('/', StringComparison.Ordinal) ? port : $"{port}/tcp")) };
            case "LABEL":
                return config with { Labels = new Dictionary<string, string>((config.Labels ?? new Dictionary<string, string>()).Where(l => !Pairs(text, instruction).Exists(p => p.Name == l.Key)).Concat(Pairs(text, instruction).Select(p => KeyValuePair.Create(p.Name, p.Value)))) };
            case "ONBUILD":
                return config with { OnBuild = [.. config.OnBuild ?? [], text] };
            case "STOPSIGNAL":
                return config with { StopSignal = Interop.Processes.SignalName.Parse(text) is null ? throw Invalid(instruction, $"'{text}' is no signal.") : text };
            case "USER":
                return config with { User = text };
            case "VOLUME":
                return config with { Volumes = Union(config.Volumes, text.StartsWith('[') ? Json(text, instruction) : Words(text, instruction)) };
            case "WORKDIR":
                return config with { WorkingDir = text.StartsWith('/') ? text : Path.Join(string.IsNullOrEmpty(config.WorkingDir) ? "/" : config.WorkingDir, text) };
            default:
                throw Invalid(instruction, $"'{parts[0]}' is none that changes a configuration.");
        }
    }

    /// <summary>Variables with others over them; the place of a name that is there stays.</summary>
    /// <param name="variables">Variables, <c>NAME=VALUE</c>.</param>
    /// <param name="changes">Others; null takes one away.</param>
    internal static IReadOnlyList<string> Merge(IEnumerable<string> variables, IEnumerable<(string Name, string? Value)> changes)
    {
        List<string> merged = [.. variables];
        foreach ((string name, string? value) in changes)
        {
            int at = merged.FindIndex(v => v.StartsWith(name + "=", StringComparison.Ordinal));
            if (value is null && at >= 0)
                merged.RemoveAt(at);
            else if (value is not null && at >= 0)
                merged[at] = $"{name}={value}";
            else if (value is not null)
                merged.Add($"{name}={value}");
        }
        return merged;
    }

    // Exec form is a JSON array; all else is for the shell.
    private static string[] Program(string text, string instruction) => text.StartsWith('[') ? Json(text, instruction) : ["/bin/sh", "-c", text];

    private static string[] Json(string text, string instruction)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return [.. document.RootElement.EnumerateArray().Select(word => word.GetString() ?? throw new JsonException("a word is null"))];
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Invalid(instruction, $"It begins as a JSON array and is none: {failure.Message}");
        }
    }

    private static List<string> Union(IEnumerable<string>? names, IEnumerable<string> more) => [.. (names ?? []).Concat(more).Distinct().Order(StringComparer.Ordinal)];

    // NAME=VALUE …, or the old form NAME VALUE.
    private static List<(string Name, string Value)> Pairs(string text, string instruction)
    {
        List<string> words = Words(text, instruction);
        if (!words[0].Contains('=', StringComparison.Ordinal))
        {
            string[] old = text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            return old.Length == 2 ? [(old[0], old[1].Trim())] : throw Invalid(instruction, "It has a name and no value.");
        }
        return [.. words.Select(word => word.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals ? (word[..equals], word[(equals + 1)..]) : throw Invalid(instruction, $"'{word}' is not of the form NAME=VALUE."))];
    }

    // Quotes keep spaces, a backslash the character after it.
    private static List<string> Words(string text, string instruction)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isWord = false;
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                word.Append(text[++i]);
                isWord = true;
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
                isWord = true;
            }
            else if (c == quote && quote != '\0')
            {
                quote = '\0';
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isWord)
                    words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }
        if (quote != '\0')
            throw Invalid(instruction, $"A {quote} is not closed.");
        if (isWord)
            words.Add(word.ToString());
        return words.Count > 0 ? words : throw Invalid(instruction, "It has no argument.");
    }

    private static NsToolsException Invalid(string instruction, string problem) => new(
        FailureKind.InvalidArgument, "InvalidInstruction", $"'{instruction}' cannot be applied to an image. {problem}", $"There are {string.Join(", ", Names)}, written as in a Dockerfile.");
}
