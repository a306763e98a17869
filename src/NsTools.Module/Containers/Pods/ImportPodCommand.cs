using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Pods;
using NsTools.Containers.Pods.Kubernetes;
using NsTools.Images;
using NsTools.Images.Copying;
using NsTools.Module.Images;
using NsTools.RootFileSystems;

namespace NsTools.Module.Containers.Pods;

/// <summary>Import-Pod: makes and starts the pods of Kubernetes YAML.</summary>
[Cmdlet(VerbsData.Import, "Pod", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(Pod))]
public sealed class ImportPodCommand : ImageSourceCmdlet
{
    private const string PathSet = "Path";
    private const string TextSet = "Text";
    private readonly List<string> _lines = [];

    /// <summary>Files of Kubernetes YAML.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Kubernetes YAML, in lines or whole.</summary>
    [Parameter(ParameterSetName = TextSet, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyString]
    public string[] InputObject { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => _lines.AddRange(InputObject);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ParameterSetName == TextSet)
            ForItem(null, () => Play(string.Join('\n', _lines)));
        foreach (string path in Path)
            ForItem(path, () => Play(File.ReadAllText(ToFileSystemPath(path))));
    }

    private void Play(string yaml)
    {
        foreach (PodPlan plan in PodManifestReader.Read(yaml))
        {
            foreach (string warning in plan.Warnings)
                WriteWarning(warning);
            ForItem(plan.Options.Name, () => Make(plan));
        }
    }

    private void Make(PodPlan plan)
    {
        string name = plan.Options.Name;
        if (!ShouldProcess(name, ContainerShellCommand.Join("play", "kube", $"{name}.yaml")))
            return;
        PodStore pods = PodStore.Current;
        Pod pod = pods.Create(plan.Options, StopToken);
        try
        {
            foreach (PodContainerPlan container in plan.InitContainers)
                RunToEnd(pod, container, plan);
            foreach (PodContainerPlan container in plan.Containers)
                Create(pod, container, plan);
            pods.Start(name, StopToken);
            WriteObject(pods.Get(name));
        }
        catch
        {
            // What this command began it undoes.
            pods.Remove(name, isForced: true, CancellationToken.None);
            throw;
        }
    }

    private void RunToEnd(Pod pod, PodContainerPlan plan, PodPlan whole)
    {
        Container container = Create(pod, plan, whole);
        new ContainerStarter(ContainerStore.Current).Start(container.Id, StopToken);
        new ContainerStopper(ContainerStore.Current).Wait(container.Id, Timeout.InfiniteTimeSpan, StopToken);
        if (ContainerStore.Current.Get(container.Id).ExitCode is not 0 and var code)
        {
            throw new NsToolsException(
                FailureKind.InvalidState, "InitContainerFailed", $"The init container '{container.Name}' ended with exit code {code}.", "Nothing of the pod is left; run its command by itself to see why.");
        }
        new ContainerRemover(ContainerStore.Current).Remove(container.Id, isForced: true, removesVolumes: false, StopToken);
    }

    private Container Create(Pod pod, PodContainerPlan plan, PodPlan whole)
    {
        ContainerOptions options = plan.Options with { Mounts = [.. plan.Options.Mounts.Select(mount => PodFiles.Place(pod, mount, whole))] };
        Container? made = null;
        ImageReference image = ImageReference.Parse(plan.Image);
        if (ImagePuller.IsNeeded(image, plan.PullPolicy))
        {
            using CopyProgressReporter reporter = new(this, $"Pulling {image}");
            image = reporter.Wait(ImagePuller.PullAsync(image, null, Access with { Notice = reporter.Notice }, reporter.Progress, StopToken));
        }
        WithImage(image, source =>
        {
            ImageContents contents = Wait(ImageContents.ReadAsync(source, null, StopToken));
            made = new ContainerCreator(ContainerStore.Current).Create(source, contents, options, new ExpansionOptions { Warning = WriteWarning }, StopToken);
        });
        return made!;
    }
}
