using System.Management.Automation;
using NsTools.Containers.Networks;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Networks;

/// <summary>Get-ContainerNetwork: the networks that containers can be on.</summary>
[Cmdlet(VerbsCommon.Get, "ContainerNetwork")]
[OutputType(typeof(ContainerNetwork))]
public sealed class GetContainerNetworkCommand : NsToolsCmdlet
{
    /// <summary>Names; wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ContainerNetworkTransformation]
    [ArgumentCompleter(typeof(ContainerNetworkCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name)
            ForItem(name, () => WriteObject(ContainerNetworkSelector.Find(name), enumerateCollection: true));
    }
}

/// <summary>Choosing networks by name.</summary>
internal static class ContainerNetworkSelector
{
    /// <summary>Those that a text means.</summary>
    /// <exception cref="NsToolsException">There is none of a literal name.</exception>
    public static IEnumerable<ContainerNetwork> Find(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
            return [ContainerNetworkStore.Current.Get(name)];
        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.None);
        return ContainerNetworkStore.Current.List().Where(network => pattern.IsMatch(network.Name));
    }
}
