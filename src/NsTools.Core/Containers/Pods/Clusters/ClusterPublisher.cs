using System.Net;
using System.Text.Json;
using NsTools.Commands;

namespace NsTools.Containers.Pods.Clusters;

/// <summary>How objects are applied.</summary>
public sealed record ClusterApplyOptions
{
    /// <summary>The namespace; null for the object's own, or else the context's.</summary>
    public string? Namespace { get; init; }

    /// <summary>Whose the fields are that are applied.</summary>
    public string FieldManager { get; init; } = "nstools";

    /// <summary>True takes over fields that are others'.</summary>
    public bool IsForced { get; init; }

    /// <summary>True asks the cluster what it would do, and changes nothing.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Gets what the cluster warns of; null where nobody listens.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>The equivalent command.</summary>
    /// <param name="file">The file that is applied; <c>-</c> for standard input.</param>
    /// <param name="kubeConfig">The kubeconfig that was given; null for none.</param>
    /// <param name="context">The context that was given; null for none.</param>
    public string Describe(string file, string? kubeConfig, string? context) => ShellWords.Join([
        "kubectl", "apply", "-f", file, "--server-side", $"--field-manager={FieldManager}",
        .. kubeConfig is null ? Array.Empty<string>() : ["--kubeconfig", kubeConfig],
        .. context is null ? Array.Empty<string>() : ["--context", context],
        .. Namespace is null ? Array.Empty<string>() : ["--namespace", Namespace],
        .. IsForced ? ["--force-conflicts"] : Array.Empty<string>(),
        .. IsDryRun ? ["--dry-run=server"] : Array.Empty<string>()]);
}

/// <summary>
/// Applies objects to a cluster by server-side apply
/// (https://kubernetes.io/docs/reference/using-api/server-side-apply/), as <c>kubectl apply --server-side</c> does.
/// </summary>
/// <param name="connection">The cluster.</param>
public sealed class ClusterPublisher(ClusterConnection connection)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Dictionary<string, (string Resource, bool IsNamespaced)>> _kinds = [];

    /// <summary>Applies one.</summary>
    /// <param name="document">The object.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">
    /// The cluster has no such kind (<c>ClusterKindUnknown</c>), the object names another namespace
    /// (<c>ClusterNamespaceMismatch</c>), or what <see cref="ClusterFailure"/> has.
    /// </exception>
    public async Task<PublishedResource> ApplyAsync(ClusterDocument document, ClusterApplyOptions options, CancellationToken cancellation)
    {
        string path = await PathOfAsync(document, options, cancellation).ConfigureAwait(false);
        string query = $"fieldManager={Uri.EscapeDataString(options.FieldManager)}&force={(options.IsForced ? "true" : "false")}{(options.IsDryRun ? "&dryRun=All" : "")}";
        ClusterAnswer answer = await connection.SendAsync(HttpMethod.Patch, $"{path}?{query}", document.Json, cancellation).ConfigureAwait(false);
        foreach (string warning in answer.Warnings)
            options.Warn?.Invoke(warning);
        using (answer.Body)
            return Describe(answer.Body.RootElement, document, answer.Status == HttpStatusCode.Created ? PublishAction.Created : PublishAction.Applied, options.IsDryRun);
    }

    /// <summary>Waits until the cluster runs it: a pod is ready or has ended well, a deployment has all of its replicas. What does not run is ready at once.</summary>
    /// <param name="resource">What was applied.</param>
    /// <param name="document">The object.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What it is then.</returns>
    /// <exception cref="NsToolsException">The time was up (<c>ClusterWaitTimeout</c>), or the pod has failed (<c>ClusterPodFailed</c>).</exception>
    public async Task<PublishedResource> WaitAsync(PublishedResource resource, ClusterDocument document, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!ClusterReadiness.Runs(resource))
            return resource;
        string path = await PathOfAsync(document, new ClusterApplyOptions { Namespace = resource.Namespace }, cancellation).ConfigureAwait(false);
        long start = Environment.TickCount64;
        while (true)
        {
            using JsonDocument now = (await connection.SendAsync(HttpMethod.Get, path, null, cancellation).ConfigureAwait(false)).Body;
            ClusterReadiness readiness = ClusterReadiness.Of(resource.Kind, now.RootElement);
            if (readiness.HasFailed)
                throw new NsToolsException(FailureKind.InvalidState, "ClusterPodFailed", $"{resource} has failed on the cluster: {readiness.Problem}", $"'kubectl logs {resource.Name}' shows what it has written.");
            if (readiness.IsReady)
                return Describe(now.RootElement, document, resource.Action, isDryRun: false);
            if (timeout != Timeout.InfiniteTimeSpan && Environment.TickCount64 - start >= timeout.TotalMilliseconds)
            {
                throw new NsToolsException(
                    FailureKind.Timeout, "ClusterWaitTimeout", $"{resource} is not ready after {timeout.TotalSeconds:0.###} s: {readiness.Problem}", "It was applied, and the cluster goes on; 'kubectl describe' says more. Wait longer with -TimeoutSec.");
            }
            await Task.Delay(s_pause, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string> PathOfAsync(ClusterDocument document, ClusterApplyOptions options, CancellationToken cancellation)
    {
        string root = document.ApiVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{Escape(document.ApiVersion)}" : $"api/{Escape(document.ApiVersion)}";
        (string resource, bool isNamespaced) = await FindKindAsync(root, document, cancellation).ConfigureAwait(false);
        if (!isNamespaced)
            return $"{root}/{resource}/{Uri.EscapeDataString(document.Name)}";
        // As kubectl: one of the two is a mistake.
        if (options.Namespace is { } wanted && document.Namespace is { } own && own != wanted)
        {
            throw new NsToolsException(
                FailureKind.InvalidArgument, "ClusterNamespaceMismatch", $"{document} says that it is of the namespace '{own}', and -Namespace is '{wanted}'.", "Leave out -Namespace, or take metadata.namespace out of the document.");
        }
        return $"{root}/namespaces/{Uri.EscapeDataString(options.Namespace ?? document.Namespace ?? connection.Namespace)}/{resource}/{Uri.EscapeDataString(document.Name)}";
    }

    // The cluster knows what the paths of its kinds are, those of its own definitions (OpenShift's routes, say) included.
    private async Task<(string Resource, bool IsNamespaced)> FindKindAsync(string root, ClusterDocument document, CancellationToken cancellation)
    {
        if (!_kinds.TryGetValue(root, out Dictionary<string, (string, bool)>? kinds))
        {
            _kinds[root] = kinds = [];
            try
            {
                using JsonDocument list = (await connection.SendAsync(HttpMethod.Get, root, null, cancellation).ConfigureAwait(false)).Body;
                foreach (JsonElement entry in list.RootElement.GetProperty("resources").EnumerateArray())
                {
                    // Those with a slash are parts of an object, such as pods/status.
                    if (entry.GetProperty("name").GetString() is { } name && !name.Contains('/', StringComparison.Ordinal))
                        kinds[entry.GetProperty("kind").GetString()!] = (name, entry.GetProperty("namespaced").GetBoolean());
                }
            }
            catch (NsToolsException failure) when (failure.ErrorId == "ClusterNotFound")
            {
                // No such group or version: no such kind.
            }
        }
        return kinds.TryGetValue(document.Kind, out (string, bool) found)
            ? found
            : throw new NsToolsException(FailureKind.NotSupported, "ClusterKindUnknown", $"{connection.Server} has no kind {document.Kind} in {document.ApiVersion}.", "'kubectl api-resources' shows the kinds that it has.");
    }

    private PublishedResource Describe(JsonElement answer, ClusterDocument document, PublishAction action, bool isDryRun)
    {
        JsonElement metadata = answer.GetProperty("metadata");
        return new PublishedResource
        {
            ApiVersion = document.ApiVersion,
            Kind = document.Kind,
            Name = document.Name,
            Namespace = Text(metadata, "namespace"),
            Action = action,
            IsDryRun = isDryRun,
            Phase = document.Kind == "Pod" && answer.TryGetProperty("status", out JsonElement status) ? Text(status, "phase") : null,
            Uid = Text(metadata, "uid"),
            ResourceVersion = Text(metadata, "resourceVersion"),
            Server = connection.Server,
        };
    }

    private static string Escape(string version) => string.Join('/', version.Split('/').Select(Uri.EscapeDataString));

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement member) ? member.GetString() : null;
}
