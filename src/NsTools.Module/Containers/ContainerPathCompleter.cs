using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes paths of the host, and the container before a path in it.</summary>
public sealed class ContainerPathCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        IEnumerable<CompletionResult> containers = ContainerStore.Current.ListNames().Select(name => $"{name}:/").Where(typed.Matches).Select(name => typed.Result(name, $"in the container {name[..^2]}"));
        return containers.Concat(CompletionCompleters.CompleteFilename(wordToComplete));
    }
}
