using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Builds.Linting;
using NsTools.Module.Common;

namespace NsTools.Module.Builds;

/// <summary>Completes the rules of Test-Dockerfile.</summary>
public sealed class DockerfileRuleCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return DockerfileLinter.Rules.Where(rule => typed.Matches(rule.Name)).Select(rule => typed.Result(rule.Name, rule.Description));
    }
}
