using System.Globalization;
using System.Net;
using System.Text;
using k8s;
using k8s.Models;

namespace NsTools.Containers.Pods.Kubernetes;

/// <summary>Reads Kubernetes YAML: Pods and Deployments, with the ConfigMaps, Secrets and PersistentVolumeClaims that they name.</summary>
public sealed class PodManifestReader
{
    private readonly Dictionary<string, V1ConfigMap> _configMaps = [];
    private readonly Dictionary<string, V1Secret> _secrets = [];
    private readonly HashSet<string> _claims = [];
    private readonly List<string> _warnings = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, byte[]>> _files = [];

    /// <summary>Reads all documents of a text.</summary>
    /// <param name="yaml">The text.</param>
    /// <exception cref="NsToolsException">
    /// It is no such YAML (<c>PodManifestInvalid</c>), has no Pod or Deployment (<c>PodManifestEmpty</c>), or names what is
    /// not in it (<c>PodManifestIncomplete</c>).
    /// </exception>
    public static IReadOnlyList<PodPlan> Read(string yaml) => new PodManifestReader().ReadAll(yaml);

    private List<PodPlan> ReadAll(string yaml)
    {
        List<object> documents;
        try
        {
            documents = KubernetesYaml.LoadAllFromString(yaml, strict: false);
        }
        catch (Exception failure) when (failure is YamlDotNet.Core.YamlException or KeyNotFoundException or FormatException or ArgumentException or InvalidCastException or NullReferenceException)
        {
            throw new NsToolsException(FailureKind.InvalidData, "PodManifestInvalid", $"That is no Kubernetes YAML: {failure.Message}", "Give documents with apiVersion, kind, metadata and spec.", failure);
        }
        foreach (V1ConfigMap map in documents.OfType<V1ConfigMap>())
            _configMaps[map.Metadata.Name] = map;
        foreach (V1Secret secret in documents.OfType<V1Secret>())
            _secrets[secret.Metadata.Name] = secret;
        foreach (V1PersistentVolumeClaim claim in documents.OfType<V1PersistentVolumeClaim>())
            _claims.Add(claim.Metadata.Name);
        List<PodPlan> plans = [];
        foreach (object document in documents)
        {
            switch (document)
            {
                case V1Pod pod:
                    plans.Add(ToPlan(pod.Metadata, pod.Metadata.Name, pod.Spec));
                    break;
                case V1Deployment deployment:
                    if (deployment.Spec.Replicas > 1)
                        _warnings.Add($"The deployment '{deployment.Metadata.Name}' asks for {deployment.Spec.Replicas} replicas; on one machine it is one pod.");
                    // Podman's name for it.
                    plans.Add(ToPlan(deployment.Spec.Template.Metadata, $"{deployment.Metadata.Name}-pod", deployment.Spec.Template.Spec));
                    break;
                case V1ConfigMap or V1Secret or V1PersistentVolumeClaim:
                    break;
                default:
                    _warnings.Add($"A {document.GetType().Name.Replace("V1", "", StringComparison.Ordinal)} has no meaning here, and is left out.");
                    break;
            }
        }
        return plans.Count > 0 ? plans : throw new NsToolsException(FailureKind.InvalidData, "PodManifestEmpty", "There is no Pod and no Deployment in it.", "Give a document of kind Pod or Deployment.");
    }

    private PodPlan ToPlan(V1ObjectMeta? metadata, string name, V1PodSpec spec)
    {
        _files.Clear();
        Dictionary<string, V1Volume> volumes = (spec.Volumes ?? []).ToDictionary(volume => volume.Name);
        PodContainerPlan[] init = [.. (spec.InitContainers ?? []).Select(container => ToPlan(name, container, spec, volumes))];
        string? restart = RestartPolicyOf(spec);
        PodContainerPlan[] main = [.. spec.Containers.Select(container => Lasting(ToPlan(name, container, spec, volumes), container, restart))];
        PodOptions options = new()
        {
            Name = name,
            HostName = spec.Hostname,
            Labels = metadata?.Labels is { } labels ? new Dictionary<string, string>(labels) : new Dictionary<string, string>(),
            SharesProcesses = spec.ShareProcessNamespace ?? false,
            Ports = [.. spec.Containers.SelectMany(container => container.Ports ?? []).Where(port => port.HostPort > 0).Select(ToPort)],
        };
        _warnings.AddRange(UnusedFields.Of(spec).Select(field => $"The pod '{name}': nothing is done with {field}."));
        return new PodPlan(options, init, main, new Dictionary<string, IReadOnlyDictionary<string, byte[]>>(_files), [.. _warnings]);
    }

    // What only those have that are to run on.
    private PodContainerPlan Lasting(PodContainerPlan plan, V1Container container, string? restart) =>
        plan with { Options = plan.Options with { RestartPolicy = restart, Probes = PodProbes.Read(container, _warnings) } };

    // Kubernetes' own default, which podman play kube has, too.
    private static string? RestartPolicyOf(V1PodSpec spec) => spec.RestartPolicy switch
    {
        null or "" or "Always" => "always",
        "OnFailure" => "on-failure",
        "Never" => null,
        var other => throw new NsToolsException(FailureKind.InvalidData, "PodManifestInvalid", $"'{other}' is no spec.restartPolicy.", "There are Always, OnFailure and Never."),
    };

    private static ImagePullPolicy PullPolicyOf(V1Container container) => container.ImagePullPolicy switch
    {
        null or "" or "IfNotPresent" => ImagePullPolicy.Missing,
        "Always" => ImagePullPolicy.Always,
        "Never" => ImagePullPolicy.Never,
        var other => throw new NsToolsException(FailureKind.InvalidData, "PodManifestInvalid", $"'{other}' is no imagePullPolicy (container '{container.Name}').", "There are Always, IfNotPresent and Never."),
    };

    private static ContainerPort ToPort(V1ContainerPort port) => new(
        string.IsNullOrEmpty(port.HostIP) ? IPAddress.Any : IPAddress.Parse(port.HostIP),
        port.HostPort!.Value,
        port.ContainerPort,
        port.Protocol switch
        {
            null or "" or "TCP" => NetNatProtocol.Tcp,
            "UDP" => NetNatProtocol.Udp,
            var other => throw new NsToolsException(FailureKind.NotSupported, "PodPortNotSupported", $"The port {Text(port.ContainerPort)} is of the protocol '{other}', which is not published here.", "There are TCP and UDP."),
        });

    private PodContainerPlan ToPlan(string pod, V1Container container, V1PodSpec spec, Dictionary<string, V1Volume> volumes)
    {
        V1SecurityContext? own = container.SecurityContext;
        long? user = own?.RunAsUser ?? spec.SecurityContext?.RunAsUser, group = own?.RunAsGroup ?? spec.SecurityContext?.RunAsGroup;
        return new PodContainerPlan(container.Image, PullPolicyOf(container), new ContainerOptions
        {
            // Podman writes the pod's name before the container's, too.
            Name = container.Name.StartsWith($"{pod}-", StringComparison.Ordinal) ? container.Name : $"{pod}-{container.Name}",
            Pod = pod,
            Entrypoint = container.Command is { Count: > 0 } command ? [.. command] : null,
            Arguments = [.. container.Args ?? []],
            Environment = EnvironmentOf(container),
            WorkingDirectory = container.WorkingDir,
            User = user is null ? null : group is null ? Text(user.Value) : $"{Text(user.Value)}:{Text(group.Value)}",
            IsReadOnly = own?.ReadOnlyRootFilesystem ?? false,
            AllowsNewPrivileges = own?.AllowPrivilegeEscalation ?? false,
            AddedCapabilities = [.. own?.Capabilities?.Add ?? []],
            DroppedCapabilities = [.. own?.Capabilities?.Drop ?? []],
            Memory = container.Resources?.Limits?.TryGetValue("memory", out ResourceQuantity? memory) == true ? (long)memory.ToDecimal() : null,
            Cpu = container.Resources?.Limits?.TryGetValue("cpu", out ResourceQuantity? cpu) == true ? (double)cpu.ToDecimal() : null,
            Mounts = [.. (container.VolumeMounts ?? []).Select(mount => ToMount(mount, volumes))],
            HasTerminal = container.Tty ?? false,
            KeepsInput = container.Stdin ?? false,
            StopTimeout = spec.TerminationGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        });
    }

    private ContainerMount ToMount(V1VolumeMount mount, Dictionary<string, V1Volume> volumes)
    {
        V1Volume volume = volumes.GetValueOrDefault(mount.Name) ?? throw Incomplete($"the volume '{mount.Name}'");
        // All of the volume in place of a part would be something else.
        if (!string.IsNullOrEmpty(mount.SubPath) || !string.IsNullOrEmpty(mount.SubPathExpr))
            throw new NsToolsException(FailureKind.NotSupported, "PodVolumeNotSupported", $"The volume '{mount.Name}' is mounted by subPath at '{mount.MountPath}', which there is not here.", "Make a volume of that part alone.");
        bool isReadOnly = mount.ReadOnlyProperty ?? false;
        ContainerMount plain = new() { Type = ContainerMountType.Bind, Destination = mount.MountPath, IsReadOnly = isReadOnly };
        switch (volume)
        {
            case { HostPath: { } path }:
                return plain with { Source = path.Path };
            case { PersistentVolumeClaim: { } claim }:
                return plain with { Type = ContainerMountType.Volume, Source = claim.ClaimName, IsReadOnly = isReadOnly || claim.ReadOnlyProperty == true };
            case { EmptyDir: { Medium: "Memory" } memory }:
                return plain with { Type = ContainerMountType.TmpFs, Options = memory.SizeLimit is { } size ? [$"size={Text((long)size.ToDecimal())}"] : [] };
            case { EmptyDir: { } disk }:
                if (disk.SizeLimit is not null)
                    _warnings.Add($"Nothing is done with spec.volumes[{mount.Name}].emptyDir.sizeLimit: only one in memory has a limit.");
                return plain with { Source = $"files:{mount.Name}" };
            case { ConfigMap: { } map }:
                _files[mount.Name] = FilesOf(map.Name, map.Items, map.Optional == true ? [] : null);
                return plain with { Source = $"files:{mount.Name}", IsReadOnly = true };
            case { Secret: { } secret }:
                _files[mount.Name] = SecretFiles(secret);
                return plain with { Source = $"files:{mount.Name}", IsReadOnly = true };
            default:
                throw new NsToolsException(FailureKind.NotSupported, "PodVolumeNotSupported", $"The volume '{mount.Name}' is of a kind that there is not here.", "There are hostPath, emptyDir, configMap, secret and persistentVolumeClaim.");
        }
    }

    private Dictionary<string, byte[]> FilesOf(string name, IList<V1KeyToPath>? items, Dictionary<string, byte[]>? missing) =>
        _configMaps.TryGetValue(name, out V1ConfigMap? map)
            ? Choose((map.Data ?? new Dictionary<string, string>()).ToDictionary(one => one.Key, one => Encoding.UTF8.GetBytes(one.Value)).Concat(map.BinaryData ?? new Dictionary<string, byte[]>()).ToDictionary(one => one.Key, one => one.Value), items)
            : missing ?? throw Incomplete($"the ConfigMap '{name}'");

    private Dictionary<string, byte[]> SecretFiles(V1SecretVolumeSource source) => _secrets.TryGetValue(source.SecretName, out V1Secret? secret)
        ? Choose(DataOf(secret), source.Items)
        : source.Optional == true ? [] : throw Incomplete($"the Secret '{source.SecretName}'");

    private static Dictionary<string, byte[]> Choose(Dictionary<string, byte[]> data, IList<V1KeyToPath>? items) => items is { Count: > 0 }
        ? items.Where(item => data.ContainsKey(item.Key)).ToDictionary(item => item.Path, item => data[item.Key])
        : data;

    private static Dictionary<string, byte[]> DataOf(V1Secret secret)
    {
        Dictionary<string, byte[]> data = new(secret.Data ?? new Dictionary<string, byte[]>());
        foreach ((string key, string value) in secret.StringData ?? new Dictionary<string, string>())
            data[key] = Encoding.UTF8.GetBytes(value);
        return data;
    }

    private Dictionary<string, string?> EnvironmentOf(V1Container container)
    {
        Dictionary<string, string?> variables = [];
        foreach (V1EnvFromSource source in container.EnvFrom ?? [])
        {
            IEnumerable<KeyValuePair<string, byte[]>> data = source.ConfigMapRef is { } map
                ? FilesOf(map.Name, null, map.Optional == true ? [] : null)
                : source.SecretRef is { } secret ? _secrets.TryGetValue(secret.Name, out V1Secret? known) ? DataOf(known) : secret.Optional == true ? [] : throw Incomplete($"the Secret '{secret.Name}'") : [];
            foreach ((string key, byte[] value) in data)
                variables[source.Prefix + key] = Encoding.UTF8.GetString(value);
        }
        foreach (V1EnvVar variable in container.Env ?? [])
        {
            string? value = variable.ValueFrom switch
            {
                null => variable.Value ?? "",
                { ConfigMapKeyRef: { } reference } => ValueOf(FilesOf(reference.Name, null, reference.Optional == true ? [] : null), reference.Key, reference.Optional),
                { SecretKeyRef: { } reference } => ValueOf(_secrets.TryGetValue(reference.Name, out V1Secret? secret) ? DataOf(secret) : reference.Optional == true ? [] : throw Incomplete($"the Secret '{reference.Name}'"), reference.Key, reference.Optional),
                _ => null,
            };
            if (value is null && variable.ValueFrom is { ConfigMapKeyRef: null, SecretKeyRef: null })
                _warnings.Add($"The variable '{variable.Name}' of the container '{container.Name}' is from a field of the cluster, and is left out.");
            if (value is not null)
                variables[variable.Name] = value;
        }
        return variables;
    }

    private static string? ValueOf(Dictionary<string, byte[]> data, string key, bool? isOptional) => data.TryGetValue(key, out byte[]? value)
        ? Encoding.UTF8.GetString(value)
        : isOptional == true ? null : throw Incomplete($"the key '{key}'");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static NsToolsException Incomplete(string what) => new(
        FailureKind.NotFound, "PodManifestIncomplete", $"The document names {what}, which is not in it.", "Give all documents in one text, with '---' between them.");
}
