using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes restart policies.</summary>
public sealed class RestartPolicyCompleter : IArgumentCompleter
{
    private static readonly (string Word, string Tip)[] s_words =
    [
        ("no", "It is not started again: the default"),
        ("on-failure", "Started again when its exit code is not 0"),
        ("on-failure:3", "The same, three times at most"),
        ("always", "Started again until Stop-Container"),
        ("unless-stopped", "The same: nothing starts containers when the machine does"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return s_words.Where(item => typed.Matches(item.Word)).Select(item => typed.Result(item.Word, item.Tip));
    }
}
