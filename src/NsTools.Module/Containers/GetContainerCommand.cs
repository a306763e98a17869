using System.Management.Automation;
using NsTools.Containers;
using NsTools.Module.Common;
using NsTools.Module.Images;

namespace NsTools.Module.Containers;

/// <summary>Get-Container: the containers that run, or all of them.</summary>
[Cmdlet(VerbsCommon.Get, "Container")]
[OutputType(typeof(Container))]
public sealed class GetContainerCommand : NsToolsCmdlet
{
    /// <summary>Names, IDs or beginnings of IDs, in whatever state the containers are; wildcards match names.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Container", "Id")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ContainerTransformation]
    [ArgumentCompleter(typeof(ContainerCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Those that do not run, too; what is named is returned anyway.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <summary>Only those in one of these states.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public ContainerState[] State { get; set; } = [];

    /// <summary>Only those of this image, as it was named when they were made; wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public string? Image { get; set; }

    /// <summary>Only those with all of these labels: NAME, or NAME=VALUE.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Label { get; set; } = [];

    /// <summary>Only those that are as their health checks say.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public ContainerHealthState[] Health { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ContainerStore store = ContainerStore.Current;
        if (Name.Length == 0)
            ForItem(null, () => Write(Swept(store).Where(container => All || State.Length > 0 || container.State is ContainerState.Running or ContainerState.Paused)));
        foreach (string name in Name)
        {
            ForItem(name, () =>
            {
                if (!WildcardPattern.ContainsWildcardCharacters(name))
                {
                    Write([store.Get(name)]);
                    return;
                }
                WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.None);
                Write(Swept(store).Where(container => pattern.IsMatch(container.Name)));
            });
        }
    }

    private IReadOnlyList<Container> Swept(ContainerStore store) => new ContainerRemover(store).Sweep(store.List(), StopToken);

    private void Write(IEnumerable<Container> containers)
    {
        WildcardPattern? image = Image is null ? null : WildcardPattern.Get(Image, WildcardOptions.None);
        foreach (Container container in containers)
        {
            if ((State.Length == 0 || State.Contains(container.State)) && (image is null || (container.Image is { } name && image.IsMatch(name))) && Label.All(label => HasLabel(container, label))
                && (Health.Length == 0 || (container.Health?.State is { } state && Health.Contains(state))))
                WriteObject(container);
        }
    }

    private static bool HasLabel(Container container, string label)
    {
        string[] parts = label.Split('=', 2);
        return container.Labels.TryGetValue(parts[0], out string? value) && (parts.Length == 1 || value == parts[1]);
    }
}
