using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Volumes;
using NsTools.Module.Common;

namespace NsTools.Module.Containers;

/// <summary>Remove-ContainerVolume: removes volumes and what is in them.</summary>
[Cmdlet(VerbsCommon.Remove, "ContainerVolume", SupportsShouldProcess = true)]
public sealed class RemoveContainerVolumeCommand : NsToolsCmdlet
{
    /// <summary>Their names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VolumeCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
        {
            ForItem(name, () =>
            {
                foreach (ContainerVolume volume in GetContainerVolumeCommand.Find(name))
                    ForItem(volume, () => Remove(volume));
            });
        }
    }

    private void Remove(ContainerVolume volume)
    {
        if (ShouldProcess(volume.Name, ContainerShellCommand.Join("volume", "rm", volume.Name)))
            VolumeStore.Current.Remove(volume.Name, StopToken);
    }
}
