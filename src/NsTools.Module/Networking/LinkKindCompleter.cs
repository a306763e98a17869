using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;
using NsTools.Networking.Kinds;

namespace NsTools.Module.Networking;

/// <summary>Completes the kinds of link.</summary>
public sealed class LinkKindCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return LinkKind.All.Where(k => typed.Matches(k.Name)).Select(k => typed.Result(k.Name, k.ConfigurationOption));
    }
}
