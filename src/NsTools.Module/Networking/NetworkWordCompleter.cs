using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;

namespace NsTools.Module.Networking;

/// <summary>Completes the words that <c>-AddressFamily</c> and <c>-Table</c> take (ArgumentCompletions is newer than the compile-time API).</summary>
public sealed class NetworkWordCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        string[] words = parameterName == "AddressFamily" ? ["IPv4", "IPv6"]
            : commandName.StartsWith("New-", StringComparison.OrdinalIgnoreCase) ? ["main", "local", "default"]
            : ["main", "local", "default", "all"];
        return words.Where(typed.Matches).Select(w => typed.Result(w, w));
    }
}
