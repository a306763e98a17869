using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the names of containers.</summary>
public sealed class ContainerCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        foreach (string name in ContainerStore.Current.ListNames().Where(typed.Matches))
            yield return typed.Result(name, $"container {name}");
    }
}
