using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers.Pods;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Pods;

/// <summary>Completes the names of pods.</summary>
public sealed class PodCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return PodStore.Current.Names().Where(typed.Matches).Select(name => typed.Result(name, $"pod {name}"));
    }
}
