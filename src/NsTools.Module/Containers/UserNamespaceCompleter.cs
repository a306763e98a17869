using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes user namespaces of containers.</summary>
public sealed class UserNamespaceCompleter : IArgumentCompleter
{
    private static readonly (string Word, string Tip)[] s_words =
    [
        ("host", "None of its own: the default as root"),
        ("auto", "65536 IDs that no other container has"),
        ("0:200000:65536", "A map: the first ID inside, the first one outside, how many; several with commas"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return s_words.Where(item => typed.Matches(item.Word)).Select(item => typed.Result(item.Word, item.Tip));
    }
}
