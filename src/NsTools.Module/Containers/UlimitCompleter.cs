using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the names of resource limits.</summary>
public sealed class UlimitCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return ResourceLimitText.Names.Select(name => $"{name}=").Where(typed.Matches).Select(name => typed.Result(name, $"RLIMIT_{name[..^1].ToUpperInvariant()} of getrlimit(2): {name}SOFT:HARD"));
    }
}
