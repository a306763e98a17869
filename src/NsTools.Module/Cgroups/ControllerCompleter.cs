using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Cgroups;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>Completes the names of the controllers that this system has.</summary>
public sealed class ControllerCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord word = new(wordToComplete);
        try
        {
            using CgroupSystem system = CgroupSystem.Open();
            return [.. system.Controllers.Order(StringComparer.Ordinal).Where(word.Matches).Select(name => word.Result(name, $"controller {name}"))];
        }
        catch (NsToolsException)
        {
            return [];
        }
    }
}
