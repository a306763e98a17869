using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Namespaces;

namespace NsTools.Module.Common;

/// <summary>Completes the names of namespace sets, and those of network namespaces under <c>/run/netns</c>.</summary>
public sealed class NamespaceNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Complete(wordToComplete);

    /// <summary>The completions of a word.</summary>
    /// <param name="word">What was typed so far, perhaps quoted.</param>
    internal static IEnumerable<CompletionResult> Complete(string word)
    {
        CompletionWord typed = new(word);
        IReadOnlyList<string> sets = NamespaceStore.Current.Names();
        foreach (string name in sets.Where(typed.Matches))
            yield return typed.Result(name, $"namespace set {name}");
        foreach (string name in NetworkNames.List().Where(typed.Matches).Except(sets))
            yield return typed.Result(name, $"network namespace {NetworkNames.Location}/{name}");
    }
}
