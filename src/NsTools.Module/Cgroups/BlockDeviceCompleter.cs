using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Cgroups;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>Completes the paths of whole disks.</summary>
public sealed class BlockDeviceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord word = new(wordToComplete);
        return BlockDevice.Names()
            .Select(name => "/dev/" + name)
            .Where(path => word.Matches(path) || word.Matches(Path.GetFileName(path)))
            .Select(path => word.Result(path, $"block device {path}"));
    }
}
