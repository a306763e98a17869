using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NsTools.Module.Common;

/// <summary>Completes process IDs, by ID or by program.</summary>
public sealed class ProcessIdCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        ProcessNamespaceCompleter.Complete(wordToComplete);
}
