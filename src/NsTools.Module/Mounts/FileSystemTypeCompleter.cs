using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;
using NsTools.Mounts;

namespace NsTools.Module.Mounts;

/// <summary>Completes the types of file system that this kernel has loaded.</summary>
public sealed class FileSystemTypeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        return MountTable.GetFileSystemTypes().Where(typed.Matches).Select(type => typed.Result(type, $"file system type {type}"));
    }
}
