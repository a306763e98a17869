using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Interop.Syscalls;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the names of capabilities, without <c>CAP_</c>.</summary>
public sealed class CapabilityCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return CapabilityName.All.Select(name => name[4..]).Append("ALL").Where(typed.Matches).Select(name => typed.Result(name, $"CAP_{name}"));
    }
}
