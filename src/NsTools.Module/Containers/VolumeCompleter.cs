using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers.Volumes;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the names of volumes.</summary>
public sealed class VolumeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return VolumeStore.Current.Names().Order(StringComparer.Ordinal).Where(typed.Matches).Select(name => typed.Result(name, $"volume {name}"));
    }
}
