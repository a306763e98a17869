namespace NsTools.Builds.Parsing;

/// <summary>
/// Reads Dockerfiles (Dockerfile reference; where that is silent, as BuildKit's parser does). An instruction that can't be read
/// is told and left out, and the next one read.
/// </summary>
internal sealed class DockerfileParser
{
    private readonly DockerfileText _text;
    private readonly string? _path;
    private readonly char _escape;
    private readonly List<DockerfileSyntaxError> _errors = [];
    private readonly List<DockerfileInstruction> _instructions = [];
    private readonly List<int> _emptyLines = [];
    private readonly List<DockerfileDirective> _directives;
    private List<string> _comments = [];
    private int _next = 1;

    private DockerfileParser(string text, string? path)
    {
        _text = new DockerfileText(text);
        _path = path;
        _directives = DirectiveReader.Read(_text, _errors);
        _escape = _directives.Find(directive => directive.Name == "escape")?.Value[0] ?? '\\';
    }

    /// <summary>Reads a Dockerfile.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="path">Where it is from.</param>
    public static DockerfileParse Parse(string text, string? path) => new DockerfileParser(text, path).Parse();

    private DockerfileParse Parse()
    {
        _next = _directives.Count + 1;
        while (_next <= _text.Count)
        {
            int start = _next;
            if (ReadLine() is { } line)
                AddInstruction(line, start);
        }
        IReadOnlyList<DockerfileStage> stages = StageReader.Read(_instructions, _errors);
        if (_instructions.Count == 0 && _errors.Count == 0)
            _errors.Add(new DockerfileSyntaxError { Line = Math.Max(1, _text.Count), Column = 1, Message = "there is no instruction", Remedy = "A Dockerfile begins with FROM." });
        return new DockerfileParse
        {
            File = new Dockerfile { Path = _path, Directives = [.. _directives], EscapeCharacter = _escape, Instructions = [.. _instructions], Stages = [.. stages] },
            Errors = [.. _errors.OrderBy(error => error.Line).ThenBy(error => error.Column)],
            EmptyContinuationLines = _emptyLines,
        };
    }

    // The next line with all that continues it; null for a comment or an empty one.
    private LogicalLine? ReadLine()
    {
        LogicalLine line = new();
        for (bool isFirst = true; _next <= _text.Count; isFirst = false)
        {
            ReadOnlySpan<char> whole = _text.Line(_next);
            ReadOnlySpan<char> trimmed = whole.TrimStart();
            int number = _next++;
            if (trimmed.StartsWith('#'))
            {
                // A comment between two parts of an instruction ends neither.
                if (!isFirst)
                    continue;
                AddComment(trimmed[1..].Trim());
                return null;
            }
            if (trimmed.IsEmpty)
            {
                if (isFirst)
                {
                    _comments = [];
                    return null;
                }
                _emptyLines.Add(number);
                continue;
            }
            ReadOnlySpan<char> part = isFirst ? trimmed : whole;
            bool continues = TakesContinuation(ref part);
            line.Add(part, number, isFirst ? whole.Length - trimmed.Length + 1 : 1);
            if (!continues)
                break;
        }
        return string.IsNullOrWhiteSpace(line.Text) ? null : line;
    }

    private void AddComment(ReadOnlySpan<char> comment)
    {
        if (comment.IsEmpty)
            _comments = [];
        else
            _comments.Add(comment.ToString());
    }

    // An escape character at the end joins the next line, unless another one stands before it; blanks after it are no hindrance.
    private bool TakesContinuation(ref ReadOnlySpan<char> part)
    {
        int end = part.TrimEnd(" \t").Length;
        if (end == 0 || part[end - 1] != _escape || (end > 1 && part[end - 2] == _escape))
            return false;
        part = part[..(end - 1)];
        return true;
    }

    private void AddInstruction(LogicalLine line, int start)
    {
        List<string> comments = _comments;
        _comments = [];
        DockerfileInstruction? instruction = null;
        try
        {
            instruction = new InstructionReader(line, _escape).Read();
        }
        catch (SyntaxException failure)
        {
            AddError(line, failure.Index, failure.Message, failure.Remedy);
        }
        // Texts below an instruction that can't be read are not instructions either.
        bool takesHeredocs = instruction is null ? InstructionReader.MayTakeHeredocs(line) : InstructionReader.TakesHeredocs(instruction);
        List<DockerfileHeredoc> heredocs = takesHeredocs ? ReadHeredocs(line) : [];
        if (instruction is null)
            return;
        int end = _next - 1;
        _instructions.Add(instruction with
        {
            Heredocs = [.. heredocs],
            Trigger = instruction.Trigger is { } trigger
                ? trigger with { Heredocs = [.. heredocs], Comments = [.. comments], EndLine = end, Original = _text.Lines(start, end, withLastEnd: false), Path = _path }
                : null,
            StartLine = start,
            EndLine = end,
            Original = _text.Lines(start, end, withLastEnd: false),
            Comments = [.. comments],
            Path = _path,
        });
    }

    private List<DockerfileHeredoc> ReadHeredocs(LogicalLine line)
    {
        List<DockerfileHeredoc> heredocs = [];
        foreach (HeredocWord word in HeredocWord.In(line.Text))
        {
            int first = _next;
            int end = FindEnd(word);
            if (end < 0)
            {
                AddError(line, Math.Max(0, line.Text.IndexOf("<<", StringComparison.Ordinal)), $"the text of <<{word.Name} has no end", $"A line with {word.Name} alone ends it.");
                end = _text.Count + 1;
            }
            _next = end + 1;
            heredocs.Add(new DockerfileHeredoc
            {
                Name = word.Name,
                Content = _text.Lines(first, end - 1, withLastEnd: true),
                IsExpanded = word.IsExpanded,
                StripsTabs = word.StripsTabs,
                FileDescriptor = word.FileDescriptor,
                StartLine = first,
                EndLine = Math.Min(end, _text.Count),
            });
        }
        _next = Math.Min(_next, _text.Count + 1);
        return heredocs;
    }

    private int FindEnd(HeredocWord word)
    {
        for (int number = _next; number <= _text.Count; number++)
        {
            ReadOnlySpan<char> line = _text.Line(number);
            if ((word.StripsTabs ? line.TrimStart('\t') : line).SequenceEqual(word.Name))
                return number;
        }
        return -1;
    }

    private void AddError(LogicalLine line, int index, string message, string? remedy)
    {
        (int number, int column) = line.At(index);
        _errors.Add(new DockerfileSyntaxError { Line = number, Column = column, Message = message, Remedy = remedy });
    }
}
