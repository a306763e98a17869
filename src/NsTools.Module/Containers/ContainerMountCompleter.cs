using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Containers.Volumes;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Completes the beginning of a mount.</summary>
public sealed class ContainerMountCompleter : IArgumentCompleter
{
    private static readonly (string Word, string Tip)[] s_words =
    [
        ("type=bind,source=", "A directory or file of the host: type=bind,source=/here,target=/there,readonly"),
        ("type=volume,source=", "A volume: type=volume,source=NAME,target=/there"),
        ("type=tmpfs,target=", "Memory: type=tmpfs,target=/there,tmpfs-size=10m,tmpfs-mode=1777"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        IEnumerable<(string Word, string Tip)> volumes = VolumeStore.Current.Names().Order(StringComparer.Ordinal).Select(name => ($"type=volume,source={name},target=", $"The volume {name}"));
        return s_words.Concat(volumes).Where(item => typed.Matches(item.Word)).Select(item => typed.Result(item.Word, item.Tip));
    }
}
