using System.Net;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;

namespace NsTools.Containers.Pods.Clusters;

/// <summary>What goes wrong with a cluster, in NsTools' terms.</summary>
internal static class ClusterFailure
{
    // Of a proxy's page, say: an API server answers with a Status.
    private const int MostText = 300;

    /// <summary>A request that was refused.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">A <c>Status</c> of the API as JSON, with a sentence and the reason.</param>
    /// <param name="server">Who refused.</param>
    public static NsToolsException Of(HttpStatusCode status, byte[] body, Uri server)
    {
        (string message, string? reason) = Read(body);
        if (message.Length == 0)
            message = $"{server} answered {(int)status} {status}.";
        return (status, reason) switch
        {
            (HttpStatusCode.Unauthorized, _) => new(FailureKind.PermissionDenied, "ClusterUnauthorized", $"{server} does not know who is asking: {message}", "The kubeconfig's user may have expired; 'kubectl auth can-i --list' shows what one may. Log in again."),
            (HttpStatusCode.Forbidden, _) => new(FailureKind.PermissionDenied, "ClusterForbidden", message, "Ask for a role that may patch and create it, or choose another -Namespace or -Context."),
            (HttpStatusCode.NotFound, _) => new(FailureKind.NotFound, "ClusterNotFound", message, "Make the namespace first (kubectl create namespace), or choose another with -Namespace."),
            (HttpStatusCode.Conflict, "AlreadyExists") => new(FailureKind.AlreadyExists, "ClusterExists", message),
            (HttpStatusCode.Conflict, _) => new(FailureKind.InvalidState, "ClusterConflict", message, "Others say otherwise of these fields. -Force takes the fields over."),
            (HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType, _) => new(FailureKind.InvalidData, "ClusterRejected", message, "Most of a pod that exists cannot be changed: remove it (kubectl delete) and publish it anew. -DryRun tries without changing anything."),
            _ => new(FailureKind.Connection, "ClusterFailed", $"{server} answered {(int)status} {status}: {message}"),
        };
    }

    /// <summary>A request that was not answered.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="server">Who was asked.</param>
    public static NsToolsException Of(Exception failure, Uri server)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return new NsToolsException(
                    FailureKind.Connection, "ClusterCertificateInvalid", $"The certificate of {server} is not one that the kubeconfig trusts: {cause.Message}", "Give the cluster's certificate-authority in the kubeconfig; tls-server-name where it has another name.", failure);
            }
        }
        return failure is OperationCanceledException
            ? new NsToolsException(FailureKind.Timeout, "ClusterTimeout", $"{server} has not answered in time.", "See whether the address in the kubeconfig is the cluster's, and can be reached from here.", failure)
            : new NsToolsException(FailureKind.Connection, "ClusterUnreachable", $"{server} cannot be reached: {failure.GetBaseException().Message}", "See whether the address in the kubeconfig is the cluster's, and can be reached from here.", failure);
    }

    private static (string Message, string? Reason) Read(byte[] body)
    {
        try
        {
            using JsonDocument status = JsonDocument.Parse(body);
            if (status.RootElement.ValueKind == JsonValueKind.Object)
                return (Text(status.RootElement, "message") ?? "", Text(status.RootElement, "reason"));
        }
        catch (JsonException)
        {
            // No API server: a proxy before it, or something else.
        }
        string text = Encoding.UTF8.GetString(body).Trim();
        return (text[..Math.Min(text.Length, MostText)], null);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
