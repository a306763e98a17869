using System.Management.Automation;
using NsTools.Containers;
using NsTools.Containers.Pods.Clusters;
using NsTools.Containers.Pods.Kubernetes;
using NsTools.Module.Common;

namespace NsTools.Module.Containers.Pods;

/// <summary>Publish-Pod: applies pods, or Kubernetes YAML, to a Kubernetes or OpenShift cluster.</summary>
[Cmdlet(VerbsData.Publish, "Pod", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(PublishedResource))]
public sealed class PublishPodCommand : NsToolsCmdlet
{
    private const string NameSet = "Name";
    private const string PathSet = "Path";
    private const string InputSet = "Input";
    private readonly List<string> _lines = [];
    private ClusterConnection? _connection;
    private ClusterPublisher? _publisher;

    /// <summary>Pods of this machine, by name; wildcards.</summary>
    [Parameter(ParameterSetName = NameSet, Mandatory = true, Position = 0)]
    [Alias("Pod")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [PodTransformation]
    [ArgumentCompleter(typeof(PodCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Files of Kubernetes YAML.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Pods (Get-Pod), or Kubernetes YAML, in lines or whole (Export-Pod).</summary>
    [Parameter(ParameterSetName = InputSet, Mandatory = true, ValueFromPipeline = true)]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>Kubeconfig files; without them those of KUBECONFIG, or ~/.kube/config.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] KubeConfig { get; set; } = [];

    /// <summary>The context; without it the kubeconfig's current one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(KubeContextCompleter))]
    public string? Context { get; set; }

    /// <summary>The cluster's namespace; without it the document's, or else the context's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Namespace { get; set; }

    /// <summary>In whose name the fields are applied.</summary>
    [Parameter]
    [ValidateLength(1, 128)]
    public string FieldManager { get; set; } = "nstools";

    /// <summary>Takes over fields that somebody else has set otherwise.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Asks the cluster whether it would take it, and changes nothing there.</summary>
    [Parameter]
    public SwitchParameter DryRun { get; set; }

    /// <summary>Waits until the cluster's pods are ready.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>How long to wait for each at most, in seconds; without it for ever.</summary>
    [Parameter]
    [ValidateRange(0, 2_000_000)]
    public double TimeoutSec { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // A Pod, also one that remoting has brought; all else is text.
        if (InputObject?.BaseObject is Pod or PSCustomObject)
            ForItem(InputObject, () => PublishPods(InputObject.BaseObject is Pod pod ? pod.Name : InputObject.Properties["Name"]?.Value as string ?? throw NoPod()));
        else if (InputObject is not null)
            _lines.Add(InputObject.ToString());
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (string name in Name)
            ForItem(name, () => PublishPods(name));
        foreach (string path in Path)
            ForItem(path, () => Publish(File.ReadAllText(ToFileSystemPath(path)), path));
        if (_lines.Count > 0)
            ForItem(null, () => Publish(string.Join('\n', _lines), "-"));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _connection?.Dispose();
        base.Dispose(disposing);
    }

    private static NsToolsException NoPod() => new(FailureKind.InvalidArgument, "PodWithoutName", "An object without a name is no pod.", "Give what Get-Pod or Export-Pod return.");

    private void PublishPods(string given)
    {
        foreach (Pod pod in PodCmdlet.Find(given))
            ForItem(pod, () => Publish(new PodManifestWriter(ContainerStore.Current).Write(pod.Name), $"{pod.Name}.yaml"));
    }

    private void Publish(string yaml, string file)
    {
        foreach (ClusterDocument document in ClusterDocument.ReadAll(yaml))
        {
            bool isThere = true;
            ForItem(document, () =>
            {
                try
                {
                    Apply(document, file);
                }
                catch (NsToolsException failure) when (failure.ErrorId is "ClusterUnreachable" or "ClusterCertificateInvalid" or "KubeConfigInvalid" or "KubeConfigNotFound")
                {
                    // Said once: it is the same for all others.
                    isThere = false;
                    throw;
                }
            });
            if (!isThere)
                return;
        }
    }

    private void Apply(ClusterDocument document, string file)
    {
        List<string> warnings = [];
        ClusterApplyOptions options = new() { Namespace = Namespace, FieldManager = FieldManager, IsForced = Force, IsDryRun = DryRun, Warn = warnings.Add };
        if (!ShouldProcess(document.ToString(), options.Describe(file, KubeConfig.FirstOrDefault(), Context)))
            return;
        foreach (string image in document.Images().Where(IsLocal))
            WriteWarning($"{document}: the image '{image}' is this machine's alone, and no node of a cluster can pull it. Copy-Image brings it to a registry.");
        _connection ??= ClusterConnection.Open(KubeConfigFiles.Find(KubeConfig, ToFileSystemPath), Context);
        _publisher ??= new ClusterPublisher(_connection);
        PublishedResource resource = _publisher.ApplyAsync(document, options, StopToken).GetAwaiter().GetResult();
        warnings.ForEach(WriteWarning);
        if (Wait && !DryRun)
        {
            TimeSpan timeout = MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : Timeout.InfiniteTimeSpan;
            resource = _publisher.WaitAsync(resource, document, timeout, StopToken).GetAwaiter().GetResult();
        }
        WriteObject(resource);
    }

    private static bool IsLocal(string image) => image.StartsWith("localhost/", StringComparison.Ordinal) || image.Contains(":/", StringComparison.Ordinal);
}
