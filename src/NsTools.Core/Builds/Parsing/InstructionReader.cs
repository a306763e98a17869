using System.Collections.ObjectModel;
using System.Text.Json;

namespace NsTools.Builds.Parsing;

/// <summary>Reads one instruction from its line.</summary>
/// <param name="line">The line.</param>
/// <param name="escape">The escape character.</param>
internal sealed class InstructionReader(LogicalLine line, char escape)
{
    private readonly string _text = line.Text;
    private readonly WordSplitter _splitter = new(line.Text, escape);

    /// <summary>Whether a line is of an instruction that texts may follow.</summary>
    /// <param name="line">The line.</param>
    public static bool MayTakeHeredocs(LogicalLine line) =>
        InstructionSyntax.All.GetValueOrDefault(FirstWord(line.Text.TrimStart(), 0).ToUpperInvariant())?.TakesHeredocs == true;

    /// <summary>Whether texts may follow an instruction: a JSON array has none.</summary>
    /// <param name="instruction">The instruction.</param>
    public static bool TakesHeredocs(DockerfileInstruction instruction) =>
        instruction.Trigger is { } trigger ? TakesHeredocs(trigger) : InstructionSyntax.All[instruction.Instruction].TakesHeredocs && !instruction.IsExecForm;

    /// <summary>Reads it; its texts are read by the one who has the lines below.</summary>
    /// <exception cref="SyntaxException">It is not as it must be.</exception>
    public DockerfileInstruction Read() => Read(0);

    private DockerfileInstruction Read(int index)
    {
        int start = _splitter.SkipBlanks(index);
        string typed = FirstWord(_text, start);
        int end = start + typed.Length;
        string name = typed.ToUpperInvariant();
        if (!InstructionSyntax.All.TryGetValue(name, out InstructionSyntax? syntax))
        {
            throw new SyntaxException(
                start,
                $"'{Short(typed)}' is no instruction",
                NameSuggestion.Of(typed, InstructionSyntax.All.Keys) ?? "A line that belongs to the one before it needs the escape character there.");
        }
        int rest = end;
        List<DockerfileFlag> flags = [.. _splitter.TakeFlags(ref rest).Select(flag => ReadFlag(flag, name, syntax))];
        RefuseTwice(flags, syntax, start);
        (int number, int column) = line.At(start);
        DockerfileInstruction instruction = new()
        {
            Instruction = name,
            Flags = [.. flags],
            StartLine = number,
            EndLine = line.EndLine,
            Column = column,
            Original = _text[start..],
            Text = _text[start..].TrimEnd(),
        };
        instruction = ReadArguments(instruction, syntax, rest);
        if (instruction.Arguments.Count < syntax.Least)
        {
            throw new SyntaxException(
                start, syntax.Least == 1 ? $"{name} needs an argument" : $"{name} needs {syntax.Least} arguments, and has {instruction.Arguments.Count}", syntax.Least == 2 ? "The last one is the destination." : null);
        }
        InstructionChecks.Check(instruction, start, rest, escape);
        return instruction;
    }

    private DockerfileFlag ReadFlag(Word word, string instruction, InstructionSyntax syntax)
    {
        int equals = word.Text.IndexOf('=');
        string name = equals < 0 ? word.Text[2..] : word.Text[2..equals];
        string? value = equals < 0 ? null : word.Text[(equals + 1)..];
        if (!syntax.Flags.TryGetValue(name, out FlagForm form))
            throw new SyntaxException(word.Index, $"{instruction} has no option --{Short(name)}", NameSuggestion.Of(name, syntax.Flags.Keys, "--"));
        if (form == FlagForm.Boolean && value is not null && !bool.TryParse(value, out _))
            throw new SyntaxException(word.Index, $"--{name} is true or false, not '{Short(value)}'");
        if (form != FlagForm.Boolean && value is null)
            throw new SyntaxException(word.Index, $"--{name} needs a value", $"Write --{name}=…");
        (int number, int column) = line.At(word.Index);
        return new DockerfileFlag { Name = name, Value = value, Line = number, Column = column };
    }

    private static void RefuseTwice(List<DockerfileFlag> flags, InstructionSyntax syntax, int index)
    {
        if (flags.GroupBy(flag => flag.Name).FirstOrDefault(same => same.Count() > 1 && syntax.Flags[same.Key] != FlagForm.Values) is { } twice)
            throw new SyntaxException(index, $"--{twice.Key} is there {twice.Count()} times");
    }

    private DockerfileInstruction ReadArguments(DockerfileInstruction instruction, InstructionSyntax syntax, int index) => syntax.Form switch
    {
        ArgumentForm.Words => instruction with { Arguments = Texts(_splitter.PlainWords(index)) },
        ArgumentForm.WordsOrArray => ReadArray(index) is { } array
            ? instruction with { Arguments = array, IsExecForm = true }
            : instruction with { Arguments = Texts(_splitter.PlainWords(index)) },
        ArgumentForm.CommandOrArray => ReadCommand(instruction, [], index),
        ArgumentForm.Array => ReadArray(index) is { } array
            ? instruction with { Arguments = array, IsExecForm = true }
            : throw new SyntaxException(index, $"the argument of {instruction.Instruction} is no JSON array", "Write it as [\"program\", \"argument\"], with double quotes."),
        ArgumentForm.Pairs => instruction with { Arguments = ReadPairs(instruction.Instruction, index) },
        ArgumentForm.NamesOrPairs => instruction with { Arguments = Texts(_splitter.QuotedWords(index)) },
        ArgumentForm.Text => instruction with { Arguments = TextFrom(index) is { Length: > 0 } text ? [text] : [] },
        ArgumentForm.HealthCheck => ReadHealthCheck(instruction, index),
        ArgumentForm.Trigger => ReadTrigger(instruction, index),
        _ => throw new InvalidOperationException($"no reader for {syntax.Form}"),
    };

    private DockerfileInstruction ReadCommand(DockerfileInstruction instruction, ReadOnlyCollection<string> before, int index)
    {
        if (ReadArray(index) is { } array)
            return instruction with { Arguments = [.. before, .. array], IsExecForm = true };
        string text = TextFrom(index);
        return instruction with { Arguments = text.Length > 0 ? [.. before, text] : before };
    }

    private DockerfileInstruction ReadHealthCheck(DockerfileInstruction instruction, int index)
    {
        string kind = FirstWord(_text, index);
        return kind.Length == 0 ? instruction : ReadCommand(instruction, [kind.ToUpperInvariant()], _splitter.SkipBlanks(index + kind.Length));
    }

    private DockerfileInstruction ReadTrigger(DockerfileInstruction instruction, int index)
    {
        if (index >= _text.Length)
            return instruction;
        string name = FirstWord(_text, index).ToUpperInvariant();
        if (name is "ONBUILD" or "FROM" or "MAINTAINER")
            throw new SyntaxException(index, $"{name} can't be a trigger");
        DockerfileInstruction trigger = Read(index);
        return instruction with { Trigger = trigger, Arguments = [trigger.Instruction, .. trigger.Arguments] };
    }

    // The old form has one name, and all that follows the blanks is its value.
    private ReadOnlyCollection<string> ReadPairs(string instruction, int index)
    {
        List<Word> words = _splitter.QuotedWords(index);
        if (words.Count > 0 && !words[0].Text.Contains('='))
        {
            string name = FirstWord(_text, index);
            string value = TextFrom(_splitter.SkipBlanks(index + name.Length));
            return value.Length > 0
                ? [name, value]
                : throw new SyntaxException(index, $"{instruction} needs a name and a value", $"Write {instruction} {Short(name)}=value.");
        }
        foreach (Word word in words)
        {
            if (word.Text.IndexOf('=') is int equals && equals <= 0)
            {
                throw equals < 0
                    ? new SyntaxException(word.Index, $"'{Short(word.Text)}' has no = in it", "Each is name=value; a value with blanks needs quotes.")
                    : new SyntaxException(word.Index, $"'{Short(word.Text)}' has no name before its =");
            }
        }
        return Texts(words);
    }

    // Null for what is no JSON: it is for the shell then, as odd as it may look.
    private ReadOnlyCollection<string>? ReadArray(int index)
    {
        if (index >= _text.Length || _text[index] != '[')
            return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(_text.AsMemory(index));
            List<string> strings = [];
            foreach (JsonElement element in document.RootElement.EnumerateArray())
            {
                strings.Add(element.ValueKind == JsonValueKind.String
                    ? element.GetString()!
                    : throw new SyntaxException(index, $"the JSON array has something else than strings in it: {element.ValueKind}", "All of it must be strings, in double quotes."));
            }
            return [.. strings];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            // The last two: half of a surrogate pair, escaped or as it is, which is no text.
            return null;
        }
    }

    private static string FirstWord(string text, int index)
    {
        int end = index;
        while (end < text.Length && !char.IsWhiteSpace(text[end]))
            end++;
        return end > index ? text[index..end] : "";
    }

    private string TextFrom(int index) => index < _text.Length ? _text[index..].Trim() : "";

    private static ReadOnlyCollection<string> Texts(List<Word> words) => [.. words.Select(word => word.Text)];

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
