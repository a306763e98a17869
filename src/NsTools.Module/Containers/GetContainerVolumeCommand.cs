using System.Management.Automation;
using NsTools.Containers.Volumes;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Get-ContainerVolume: the volumes that there are, and which containers have them.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerVolume")]
[OutputType(typeof(ContainerVolume))]
public sealed class GetContainerVolumeCommand : NsToolsCmdlet
{
    /// <summary>Their names; wildcards are allowed. All, when it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VolumeCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
            ForItem(name, () => WriteObject(Find(name), enumerateCollection: true));
    }

    /// <summary>The volumes that a text means.</summary>
    /// <param name="given">A name, or a wildcard.</param>
    internal static IEnumerable<ContainerVolume> Find(string given)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(given))
            return [VolumeStore.Current.Get(given)];
        WildcardPattern pattern = WildcardPattern.Get(given, WildcardOptions.None);
        return VolumeStore.Current.List().Where(volume => pattern.IsMatch(volume.Name));
    }
}
