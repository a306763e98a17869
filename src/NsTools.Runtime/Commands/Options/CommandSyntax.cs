using System.Text;

namespace NsTools.Runtime.Commands.Options;

/// <summary>
/// What a command takes. Options are as getopt_long(3) has them (<c>--name value</c>, <c>--name=value</c>, <c>-n value</c>,
/// <c>-nvalue</c>, <c>--</c> ends them) plus what engines are used to from runc's command line: <c>--switch=true</c>.
/// </summary>
/// <param name="Name">The command.</param>
/// <param name="Operands">Its operands for the help, such as <c>CONTAINER [SIGNAL]</c>.</param>
/// <param name="Summary">What it does, one line.</param>
/// <param name="Options">Its options.</param>
internal sealed record CommandSyntax(string Name, string Operands, string Summary, params Option[] Options)
{
    private static readonly Option s_help = new("help", null, "print this", 'h');

    /// <summary>Fewest operands.</summary>
    public int Minimum { get; init; }

    /// <summary>Most operands.</summary>
    public int Maximum { get; init; } = int.MaxValue;

    /// <summary>How many operands end the options: what follows belongs to another program.</summary>
    public int EndsOptions { get; init; } = int.MaxValue;

    /// <summary>Reads a command line.</summary>
    /// <param name="words">What follows the command.</param>
    /// <exception cref="UsageException">An option is unknown, lacks its value, or the operands are too few or too many.</exception>
    public Arguments Parse(ReadOnlySpan<string> words)
    {
        var values = new List<(string Name, string Value)>();
        var operands = new List<string>();
        int next = 0;
        while (next < words.Length)
        {
            string word = words[next++];
            if (word == "--")
                break;
            if (operands.Count >= EndsOptions || word.Length < 2 || word[0] != '-')
                operands.Add(word);
            else if (word[1] == '-')
                next += Long(word[2..], words[next..], values);
            else
                next += Short(word, words[next..], values);
        }
        operands.AddRange(words[next..]);
        var result = new Arguments(values, operands);
        if (!result.Has(s_help.Name))
            Check(operands.Count);
        return result;
    }

    /// <summary>The help.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.Append($"Usage: nsrun {(Name.Length == 0 ? "" : Name + " ")}[OPTION...] {Operands}".TrimEnd()).Append("\n\n").Append(Summary).Append("\n\n");
        foreach (Option option in Options.Append(s_help))
        {
            string form = $"{(option.Short == '\0' ? "    " : $"-{option.Short}, ")}--{option.Name}{(option.Value is null ? "" : $"={option.Value}")}";
            text.Append("  ").Append(form.PadRight(30)).Append(' ').Append(option.Help).Append('\n');
        }
        return text.ToString();
    }

    private int Long(string text, ReadOnlySpan<string> rest, List<(string, string)> values)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        Option option = Find(name) ?? throw new UsageException($"{Prefix()}unknown option '--{name}'");
        if (option.Value is null)
        {
            string value = equals < 0 ? "true" : text[(equals + 1)..];
            if (value is not ("true" or "false"))
                throw new UsageException($"{Prefix()}option '--{name}' is true or false, not '{value}'");
            values.Add((name, value));
            return 0;
        }
        if (equals >= 0)
        {
            values.Add((name, text[(equals + 1)..]));
            return 0;
        }
        values.Add((name, rest.Length > 0 ? rest[0] : throw new UsageException($"{Prefix()}option '--{name}' needs a value")));
        return 1;
    }

    private int Short(string word, ReadOnlySpan<string> rest, List<(string, string)> values)
    {
        for (int i = 1; i < word.Length; i++)
        {
            Option option = Find(word[i]) ?? throw new UsageException($"{Prefix()}unknown option '-{word[i]}'");
            if (option.Value is null)
            {
                values.Add((option.Name, "true"));
                continue;
            }
            if (i + 1 < word.Length)
            {
                values.Add((option.Name, word[(word[i + 1] == '=' ? i + 2 : i + 1)..]));
                return 0;
            }
            values.Add((option.Name, rest.Length > 0 ? rest[0] : throw new UsageException($"{Prefix()}option '-{word[i]}' needs a value")));
            return 1;
        }
        return 0;
    }

    private void Check(int count)
    {
        if (count < Minimum)
            throw new UsageException($"{Prefix()}too few operands: {Name} {Operands}");
        if (count > Maximum)
            throw new UsageException($"{Prefix()}too many operands: {Name} {Operands}".TrimEnd());
    }

    private Option? Find(string name) => name == s_help.Name ? s_help : Array.Find(Options, option => option.Name == name);

    private Option? Find(char letter) => letter == s_help.Short ? s_help : Array.Find(Options, option => option.Short == letter);

    private string Prefix() => Name.Length == 0 ? "" : $"{Name}: ";
}
