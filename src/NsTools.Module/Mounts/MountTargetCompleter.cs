using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Module.Common;
using NsTools.Mounts;

namespace NsTools.Module.Mounts;

/// <summary>Completes the paths on which something is mounted, of this process's mount namespace.</summary>
public sealed class MountTargetCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        // Those of another namespace are not looked up while somebody types.
        if (fakeBoundParameters.Contains("Namespace") || fakeBoundParameters.Contains("Root"))
            yield break;
        foreach (MountPoint mount in MountTable.Read().DistinctBy(mount => mount.Target).Where(mount => typed.Matches(mount.Target)))
            yield return typed.Result(mount.Target, $"{mount.FileSystem} {mount.Source}");
    }
}
