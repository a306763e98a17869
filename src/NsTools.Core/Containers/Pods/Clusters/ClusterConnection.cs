using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.Json;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace NsTools.Containers.Pods.Clusters;

/// <summary>The API of a cluster, with what the user's kubeconfig says of it: address, certificates, and who they are.</summary>
/// <remarks>KubernetesClient reads the kubeconfig and makes the connection; the paths of kinds that it has no model of are known to the cluster itself.</remarks>
public sealed class ClusterConnection : IDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(10);

    private readonly k8s.Kubernetes _client;

    private ClusterConnection(KubernetesClientConfiguration configuration)
    {
        Namespace = string.IsNullOrEmpty(configuration.Namespace) ? "default" : configuration.Namespace;
        configuration.FirstMessageHandlerSetup = handler => handler.ConnectTimeout = s_connectTimeout;
        _client = new k8s.Kubernetes(configuration);
    }

    /// <summary>Its address.</summary>
    public Uri Server => _client.BaseUri;

    /// <summary>The namespace that the context names; <c>default</c> without one.</summary>
    public string Namespace { get; }

    /// <summary>Opens it; nothing is sent yet.</summary>
    /// <param name="files">Kubeconfig files, of which the first that has a thing counts; none for the account of the pod that this runs in.</param>
    /// <param name="context">The context; null for the current one.</param>
    /// <exception cref="NsToolsException">A file is not there (<c>KubeConfigNotFound</c>), none, or without the context (<c>KubeConfigInvalid</c>).</exception>
    public static ClusterConnection Open(IReadOnlyList<string> files, string? context)
    {
        if (files.Count == 0 && !KubernetesClientConfiguration.IsInCluster())
        {
            throw new NsToolsException(
                FailureKind.NotFound, "KubeConfigNotFound", "There is no kubeconfig: none was given, KUBECONFIG names none, and there is no ~/.kube/config.", "Give one with -KubeConfig.");
        }
        try
        {
            return new ClusterConnection(files.Count == 0 ? KubernetesClientConfiguration.InClusterConfig() : KubernetesClientConfiguration.BuildConfigFromConfigObject(Load(files), context));
        }
        catch (Exception failure) when (failure is KubeConfigException or YamlDotNet.Core.YamlException or KubernetesException or FormatException or UriFormatException or CryptographicException or IOException or UnauthorizedAccessException or ArgumentException or NullReferenceException or InvalidOperationException)
        {
            // The library says of a file that is no kubeconfig at all that something is null.
            string problem = failure is NullReferenceException or ArgumentNullException ? "it has no contexts, clusters or users." : failure.Message;
            throw new NsToolsException(
                FailureKind.InvalidData, "KubeConfigInvalid", $"The kubeconfig {string.Join(", ", files.Select(file => $"'{file}'"))} cannot be used: {problem}", "'kubectl config view' shows what it says; -Context chooses among its contexts.", failure);
        }
    }

    /// <summary>The names of the contexts in kubeconfig files; those that cannot be read have none.</summary>
    /// <param name="files">The files.</param>
    public static IReadOnlyList<string> ContextsOf(IReadOnlyList<string> files)
    {
        try
        {
            return files.Count == 0 ? [] : [.. Load(files).Contexts.Select(context => context.Name)];
        }
        catch (Exception failure) when (failure is NsToolsException or KubeConfigException or YamlDotNet.Core.YamlException or IOException or UnauthorizedAccessException or ArgumentException or NullReferenceException)
        {
            return [];
        }
    }

    /// <summary>Sends a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">The body, of the media type of server-side apply; none for empty.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The answer, with a status of success.</returns>
    /// <exception cref="NsToolsException">The cluster cannot be reached, or has refused (<see cref="ClusterFailure"/>).</exception>
    internal async Task<ClusterAnswer> SendAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? body, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, new Uri(Server, path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            // JSON is YAML.
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/apply-patch+yaml");
        }
        try
        {
            if (_client.Credentials is { } credentials)
                await credentials.ProcessHttpRequestAsync(request, cancellation).ConfigureAwait(false);
            using HttpResponseMessage response = await _client.HttpClient.SendAsync(request, cancellation).ConfigureAwait(false);
            byte[] content = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw ClusterFailure.Of(response.StatusCode, content, Server);
            return new ClusterAnswer(response.StatusCode, JsonDocument.Parse(content), [.. response.Headers.Warning.Select(warning => warning.Text.Trim('"'))]);
        }
        catch (Exception failure) when (failure is HttpRequestException or AuthenticationException or IOException or JsonException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw ClusterFailure.Of(failure, Server);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    // As kubectl merges them: what a file before has said stays.
    private static K8SConfiguration Load(IReadOnlyList<string> files)
    {
        K8SConfiguration? all = null;
        foreach (string file in files)
        {
            if (!File.Exists(file))
                throw new NsToolsException(FailureKind.NotFound, "KubeConfigNotFound", $"There is no kubeconfig '{file}'.", "Give one with -KubeConfig, or name it in KUBECONFIG.");
            K8SConfiguration one = KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(file));
            if (all is null)
            {
                all = one;
                continue;
            }
            all.CurrentContext ??= one.CurrentContext;
            all.Contexts = (all.Contexts ?? []).UnionBy(one.Contexts ?? [], context => context.Name);
            all.Clusters = (all.Clusters ?? []).UnionBy(one.Clusters ?? [], cluster => cluster.Name);
            all.Users = (all.Users ?? []).UnionBy(one.Users ?? [], user => user.Name);
        }
        return all!;
    }
}

/// <summary>What a cluster has answered.</summary>
/// <param name="Status">201 when something was made.</param>
/// <param name="Body">The object.</param>
/// <param name="Warnings">What it has to say beside that.</param>
internal sealed record ClusterAnswer(System.Net.HttpStatusCode Status, JsonDocument Body, IReadOnlyList<string> Warnings);
