using System.Globalization;
using k8s;
using k8s.Models;
using NsTools.Containers.Isolation;
using NsTools.Interop.Health;
using NsTools.Interop.Oci;

namespace NsTools.Containers.Pods.Kubernetes;

/// <summary>Writes a pod as the Kubernetes YAML that a cluster, Podman (<c>podman play kube</c>) and Import-Pod take.</summary>
/// <param name="containers">Where its containers are.</param>
public sealed class PodManifestWriter(ContainerStore containers)
{
    // What every container gets, and no manifest has to say.
    private static readonly HashSet<string> s_usual = ["PATH", "TERM", "container", "HOSTNAME", "HOME"];

    /// <summary>Writes one.</summary>
    /// <param name="name">The pod's name.</param>
    /// <exception cref="NsToolsException">There is no such pod (<c>PodNotFound</c>), or it has no containers (<c>PodEmpty</c>).</exception>
    public string Write(string name)
    {
        PodDocument pod = new PodStore(containers).Require(name);
        IReadOnlyList<Container> members = new PodStore(containers).ContainersOf(name);
        if (members.Count == 0)
            throw new NsToolsException(FailureKind.InvalidState, "PodEmpty", $"The pod '{name}' has no containers, and Kubernetes has no such pods.", "Put one in with Invoke-Image -Pod or New-Container -Pod.");
        Dictionary<string, V1Volume> volumes = [];
        List<V1Container> described = [.. members.Select(container => Describe(name, container, containers.Read(container.Id)?.HealthChecks ?? [], volumes))];
        described[0].Ports = [.. pod.Ports.Select(port => port.ToPort()).Select(ToPort)];
        if (described[0].Ports.Count == 0)
            described[0].Ports = null;
        V1Pod document = new()
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Metadata = new V1ObjectMeta { Name = name, Labels = pod.Labels.Count > 0 ? new Dictionary<string, string>(pod.Labels) : new Dictionary<string, string> { ["app"] = name } },
            Spec = new V1PodSpec
            {
                Containers = described,
                Volumes = volumes.Count > 0 ? [.. volumes.Values] : null,
                Hostname = pod.HostName == name ? null : pod.HostName,
                ShareProcessNamespace = pod.SharesProcesses ? true : null,
                RestartPolicy = members.Select(member => member.RestartPolicy).FirstOrDefault(policy => policy is not null) switch
                {
                    null => "Never",
                    var policy => policy.StartsWith("on-failure", StringComparison.Ordinal) ? "OnFailure" : "Always",
                },
            },
        };
        List<object> documents = [.. volumes.Values.Where(volume => volume.PersistentVolumeClaim is not null).Select(volume => ToClaim(volume.PersistentVolumeClaim.ClaimName)), document];
        return string.Join("---\n", documents.Select(one => KubernetesYaml.Serialize(one).TrimEnd('\n') + "\n"));
    }

    private static V1Container Describe(string pod, Container container, IReadOnlyList<HealthProbe> probes, Dictionary<string, V1Volume> volumes)
    {
        RuntimeSpec spec = RuntimeSpecJson.Deserialize(File.ReadAllBytes(Path.Join(container.Path, "config.json")));
        ProcessSpec process = spec.Process!;
        string prefix = $"{pod}-";
        V1EnvVar[] variables = [.. (process.Env ?? []).Select(variable => variable.Split('=', 2)).Where(pair => !s_usual.Contains(pair[0])).Select(pair => new V1EnvVar { Name = pair[0], Value = pair[^1] })];
        Dictionary<string, ResourceQuantity> limits = [];
        if (spec.Linux?.Resources?.Memory?.Limit is { } memory and > 0)
            limits["memory"] = new ResourceQuantity(memory.ToString(CultureInfo.InvariantCulture));
        if (spec.Linux?.Resources?.Cpu is { Quota: { } quota and > 0, Period: { } period })
            limits["cpu"] = new ResourceQuantity(string.Create(CultureInfo.InvariantCulture, $"{Math.Round(quota * 1000.0 / period)}m"));
        IReadOnlyList<string> bounding = process.Capabilities?.Bounding ?? [], usual = ContainerCapabilities.Resolve([], []);
        string[] added = [.. bounding.Except(usual).Select(Short)], dropped = [.. usual.Except(bounding).Select(Short)];
        V1Container described = new()
        {
            // A DNS label (RFC 1123), which our names need not be.
            Name = DnsLabel(container.Name.StartsWith(prefix, StringComparison.Ordinal) ? container.Name[prefix.Length..] : container.Name),
            Image = container.Image ?? throw new NsToolsException(FailureKind.InvalidState, "PodWithoutImage", $"The container '{container.Name}' is of a root file system, and a manifest names images.", "Make an image of it first: Import-RootFileSystem, ConvertTo-Image."),
            Command = [.. container.Command],
            Env = variables.Length > 0 ? variables : null,
            WorkingDir = process.Cwd == "/" ? null : process.Cwd,
            Resources = limits.Count > 0 ? new V1ResourceRequirements { Limits = limits } : null,
            SecurityContext = new V1SecurityContext
            {
                AllowPrivilegeEscalation = process.NoNewPrivileges != true,
                ReadOnlyRootFilesystem = spec.Root?.Readonly == true ? true : null,
                RunAsUser = process.User.Uid == 0 ? null : process.User.Uid,
                RunAsGroup = process.User.Gid == 0 ? null : process.User.Gid,
                Capabilities = added.Length + dropped.Length > 0 ? new V1Capabilities { Add = added.Length > 0 ? added : null, Drop = dropped.Length > 0 ? dropped : null } : null,
            },
            VolumeMounts = container.Mounts.Count > 0 ? [.. container.Mounts.Select(mount => ToMount(mount, volumes))] : null,
        };
        PodProbes.Write(described, probes);
        return described;
    }

    private static V1VolumeMount ToMount(ContainerMount mount, Dictionary<string, V1Volume> volumes)
    {
        string key = $"{mount.Type}:{mount.Source ?? mount.Destination}";
        if (!volumes.TryGetValue(key, out V1Volume? volume))
        {
            string name = DnsLabel($"{(mount.Type == ContainerMountType.Volume ? mount.Source : Path.GetFileName(mount.Destination.TrimEnd('/')))}-{volumes.Count}");
            volumes[key] = volume = mount.Type switch
            {
                ContainerMountType.Bind => new V1Volume { Name = name, HostPath = new V1HostPathVolumeSource { Path = mount.Source! } },
                ContainerMountType.Volume => new V1Volume { Name = name, PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = mount.Source! } },
                _ => new V1Volume { Name = name, EmptyDir = new V1EmptyDirVolumeSource { Medium = "Memory", SizeLimit = SizeOf(mount) } },
            };
        }
        return new V1VolumeMount { Name = volume.Name, MountPath = mount.Destination, ReadOnlyProperty = mount.IsReadOnly ? true : null };
    }

    // tmpfs(5) has k, m and g for what Kubernetes calls Ki, Mi and Gi.
    private static ResourceQuantity? SizeOf(ContainerMount mount) => mount.Options.FirstOrDefault(option => option.StartsWith("size=", StringComparison.Ordinal))?["size=".Length..] switch
    {
        null => null,
        [.. var number, var unit and ('k' or 'm' or 'g' or 'K' or 'M' or 'G')] => new ResourceQuantity($"{number}{char.ToUpperInvariant(unit)}i"),
        var bytes => bytes.All(char.IsAsciiDigit) ? new ResourceQuantity(bytes) : null,
    };

    private static V1PersistentVolumeClaim ToClaim(string name) => new()
    {
        ApiVersion = "v1",
        Kind = "PersistentVolumeClaim",
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new V1PersistentVolumeClaimSpec
        {
            AccessModes = ["ReadWriteOnce"],
            Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new ResourceQuantity("1Gi") } },
        },
    };

    private static V1ContainerPort ToPort(ContainerPort port) => new()
    {
        ContainerPort = port.Port,
        HostPort = port.HostPort == 0 ? null : port.HostPort,
        HostIP = port.HostAddress.Equals(System.Net.IPAddress.Any) ? null : port.HostAddress.ToString(),
        Protocol = port.Protocol == NetNatProtocol.Udp ? "UDP" : "TCP",
    };

    private static string Short(string capability) => capability.StartsWith("CAP_", StringComparison.Ordinal) ? capability[4..] : capability;

    private static string DnsLabel(string text)
    {
        string label = string.Concat(text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        return label.Length == 0 ? "container" : label[..Math.Min(63, label.Length)];
    }
}
