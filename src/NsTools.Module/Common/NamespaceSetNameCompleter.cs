using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Namespaces;

namespace NsTools.Module.Common;

/// <summary>Completes the names of namespace sets.</summary>
public sealed class NamespaceSetNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        foreach (string name in NamespaceStore.Current.Names().Where(typed.Matches))
            yield return typed.Result(name, $"namespace set {name}");
    }
}
