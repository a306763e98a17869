using System.Management.Automation;
using System.Management.Automation.Language;

namespace NsTools.Module.Common;

/// <summary>The word that is being completed: what matches it, and how a completion is quoted.</summary>
internal sealed class CompletionWord
{
    private readonly char? _quote;
    private readonly WildcardPattern _pattern;

    /// <summary>Makes one from what was typed.</summary>
    /// <param name="word">The word so far, with an opening quote where the user typed one.</param>
    public CompletionWord(string? word)
    {
        word ??= string.Empty;
        _quote = word.Length > 0 && word[0] is '\'' or '"' ? word[0] : null;
        _pattern = WildcardPattern.Get(word.Trim('\'', '"') + "*", WildcardOptions.IgnoreCase);
    }

    /// <summary>Whether the word could become this text.</summary>
    /// <param name="text">The text.</param>
    public bool Matches(string text) => _pattern.IsMatch(text);

    /// <summary>The completion.</summary>
    /// <param name="text">What to insert; quoted as the user began, or where it must be.</param>
    /// <param name="tip">The tool tip.</param>
    /// <param name="label">What the list shows; null for the text itself.</param>
    public CompletionResult Result(string text, string tip, string? label = null)
    {
        string inserted = _quote switch
        {
            // about_Quoting_Rules: a backtick before what double quotes would expand or end at.
            '"' => $"\"{text.Replace("`", "``").Replace("$", "`$").Replace("\"", "`\"")}\"",
            '\'' => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'",
            _ => text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
                ? text
                : $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'",
        };
        return new CompletionResult(inserted, label ?? text, CompletionResultType.ParameterValue, tip);
    }
}
