using System.Text.Json;
using k8s;
using k8s.Models;

namespace NsTools.Containers.Pods.Clusters;

/// <summary>How far a cluster is with an object.</summary>
/// <param name="IsReady">True when it runs as it is to.</param>
/// <param name="HasFailed">True when it never will.</param>
/// <param name="Problem">What is missing.</param>
internal sealed record ClusterReadiness(bool IsReady, bool HasFailed, string Problem)
{
    /// <summary>True for kinds that the cluster runs.</summary>
    public static bool Runs(PublishedResource resource) => resource is { Kind: "Pod", ApiVersion: "v1" } or { Kind: "Deployment", ApiVersion: "apps/v1" };

    /// <summary>Reads it of the object's status.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="answer">The object.</param>
    public static ClusterReadiness Of(string kind, JsonElement answer) => kind == "Pod"
        ? OfPod(KubernetesJson.Deserialize<V1Pod>(answer.GetRawText()))
        : OfDeployment(KubernetesJson.Deserialize<V1Deployment>(answer.GetRawText()));

    private static ClusterReadiness OfPod(V1Pod pod)
    {
        string phase = pod.Status?.Phase ?? "Unknown";
        if (phase == "Succeeded")
            return new ClusterReadiness(true, false, "");
        // What keeps a container from running says more than that the pod is not ready.
        string? waiting = (pod.Status?.ContainerStatuses ?? []).Select(container => container.State?.Waiting).FirstOrDefault(state => state?.Reason is not null) is { } state
            ? $"{state.Reason}{(state.Message is null ? "" : $": {state.Message}")}"
            : null;
        V1PodCondition? ready = (pod.Status?.Conditions ?? []).FirstOrDefault(condition => condition.Type == "Ready");
        string? unscheduled = (pod.Status?.Conditions ?? []).FirstOrDefault(condition => condition is { Type: "PodScheduled", Status: "False" })?.Message;
        return new ClusterReadiness(ready?.Status == "True", phase == "Failed", waiting ?? unscheduled ?? ready?.Message ?? pod.Status?.Message ?? $"it is {phase}.");
    }

    private static ClusterReadiness OfDeployment(V1Deployment deployment)
    {
        int wanted = deployment.Spec?.Replicas ?? 1, available = deployment.Status?.AvailableReplicas ?? 0;
        // What is told before the controller has seen the change is of the one before.
        bool isSeen = deployment.Status?.ObservedGeneration >= deployment.Metadata.Generation;
        return new ClusterReadiness(isSeen && (deployment.Status?.UpdatedReplicas ?? 0) >= wanted && available >= wanted, false, $"{available} of {wanted} replicas are available.");
    }
}
