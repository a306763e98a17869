namespace NsTools.Containers.Pods.Kubernetes;

/// <summary>What a Kubernetes document asks for, in our terms.</summary>
/// <param name="Options">The pod.</param>
/// <param name="InitContainers">What runs first, one after another.</param>
/// <param name="Containers">What then runs.</param>
/// <param name="Files">The contents of ConfigMaps and Secrets that are mounted: for each directory of the pod its files.</param>
/// <param name="Warnings">What of the document has no meaning here, in sentences.</param>
public sealed record PodPlan(
    PodOptions Options,
    IReadOnlyList<PodContainerPlan> InitContainers,
    IReadOnlyList<PodContainerPlan> Containers,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, byte[]>> Files,
    IReadOnlyList<string> Warnings);

/// <summary>A container of a <see cref="PodPlan"/>.</summary>
/// <param name="Image">The image as it is named.</param>
/// <param name="PullPolicy">When it is brought from its registry.</param>
/// <param name="Options">The container; a mount whose source is <c>files:NAME</c> is a directory of <see cref="PodPlan.Files"/>.</param>
public sealed record PodContainerPlan(string Image, ImagePullPolicy PullPolicy, ContainerOptions Options);
