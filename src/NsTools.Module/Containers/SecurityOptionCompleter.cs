using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the words of <c>-SecurityOption</c>.</summary>
public sealed class SecurityOptionCompleter : IArgumentCompleter
{
    private static readonly (string Word, string Tip)[] s_words =
    [
        ("no-new-privileges", "No program gains privileges by execve(2): the default"),
        ("no-new-privileges=false", "Programs with set-user-ID or file capabilities work"),
        ("seccomp=unconfined", "All system calls are let through"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return s_words.Where(item => typed.Matches(item.Word)).Select(item => typed.Result(item.Word, item.Tip));
    }
}
