using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Cgroups;
using NsTools.Interop.Syscalls;
using NsTools.Module.Common;

namespace NsTools.Module.Cgroups;

/// <summary>Completes paths of cgroups, a level at a time.</summary>
public sealed class CgroupCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = wordToComplete.Trim('\'', '"');
        string above = typed.LastIndexOf('/') is var slash and >= 0 ? typed[..(slash + 1)] : "";
        CompletionWord word = new(wordToComplete);
        try
        {
            using CgroupSystem system = CgroupSystem.Open();
            CgroupReference parent = CgroupReference.FromPath("/" + above);
            return [.. new CgroupFinder(system).Children(parent)
                .Select(child => above + child.Path[(child.Path.LastIndexOf('/') + 1)..])
                .Where(word.Matches)
                .Select(path => word.Result(path, $"cgroup {path}"))];
        }
        catch (Exception failure) when (failure is NsToolsException or SyscallException)
        {
            // No hierarchy, or a path that is none yet: nothing to offer.
            return [];
        }
    }
}
