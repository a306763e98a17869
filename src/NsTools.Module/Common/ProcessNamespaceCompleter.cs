using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Namespaces;

namespace NsTools.Module.Common;

/// <summary>Completes whatever <see cref="NamespaceTransformationAttribute"/> takes: the names, then process IDs, by ID or by program.</summary>
public sealed class ProcessNamespaceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NamespaceNameCompleter.Complete(wordToComplete).Concat(Complete(wordToComplete));

    /// <summary>The processes that a word could mean.</summary>
    /// <param name="word">What was typed so far: the beginning of an ID or of a program's name.</param>
    internal static IEnumerable<CompletionResult> Complete(string word)
    {
        CompletionWord typed = new(word);
        foreach (ProcessSummary process in ProcessSummary.List())
        {
            if (typed.Matches(process.IdText) || typed.Matches(process.Name))
                yield return typed.Result(process.IdText, process.Command, $"{process.IdText} {process.Name}");
        }
    }
}
