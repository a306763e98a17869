using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Builds;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the instructions that change an image's configuration.</summary>
public sealed class ConfigInstructionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return ConfigInstruction.Names.Select(name => name + " ").Where(typed.Matches).Select(name => typed.Result(name, $"{name}… of a Dockerfile"));
    }
}
