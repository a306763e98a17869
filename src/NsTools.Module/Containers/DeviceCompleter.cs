using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the devices of the host.</summary>
public sealed class DeviceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return Directory.EnumerateFileSystemEntries("/dev").Order(StringComparer.Ordinal).Where(typed.Matches).Select(path => typed.Result(path, path));
    }
}
