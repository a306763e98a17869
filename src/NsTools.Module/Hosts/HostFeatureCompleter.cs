using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Hosts;
using NsTools.Module.Common;

namespace NsTools.Module.Hosts;

/// <summary>Completes the names of host features.</summary>
public sealed class HostFeatureCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return HostInspector.Features.Where(typed.Matches).Select(name => typed.Result(name, name));
    }
}
