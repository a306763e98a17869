using System.Text.Json;
using k8s;
using k8s.Models;

namespace NsTools.Containers.Pods.Kubernetes;

/// <summary>
/// Finds what a manifest says and Import-Pod does nothing with. It goes by what is done, so that a field nobody has thought
/// of is told of, too.
/// </summary>
internal static class UnusedFields
{
    private static readonly string[] s_pod = ["containers", "initContainers", "volumes", "hostname", "shareProcessNamespace", "restartPolicy", "terminationGracePeriodSeconds", "securityContext"];
    private static readonly string[] s_podSecurity = ["runAsUser", "runAsGroup"];
    private static readonly string[] s_container = ["name", "image", "imagePullPolicy", "command", "args", "env", "envFrom", "workingDir", "volumeMounts", "ports", "resources", "securityContext", "stdin", "tty"];
    private static readonly string[] s_security = ["runAsUser", "runAsGroup", "readOnlyRootFilesystem", "allowPrivilegeEscalation", "capabilities"];
    private static readonly string[] s_probes = ["livenessProbe", "readinessProbe", "startupProbe"];
    private static readonly string[] s_probe = ["exec", "httpGet", "tcpSocket", "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold"];
    private static readonly string[] s_mount = ["name", "mountPath", "readOnly"];

    private static readonly Dictionary<string, string[]> s_volumes = new()
    {
        ["hostPath"] = ["path", "type"],
        ["emptyDir"] = ["medium", "sizeLimit"],
        ["configMap"] = ["name", "items", "optional"],
        ["secret"] = ["secretName", "items", "optional"],
        ["persistentVolumeClaim"] = ["claimName", "readOnly"],
    };

    /// <summary>The paths of such fields, such as <c>spec.containers[main].lifecycle</c>.</summary>
    /// <param name="spec">What a pod is to be.</param>
    public static IReadOnlyList<string> Of(V1PodSpec spec)
    {
        using JsonDocument document = JsonDocument.Parse(KubernetesJson.Serialize(spec));
        List<string> found = [];
        Compare(document.RootElement, "spec", s_pod, found);
        Compare(Member(document.RootElement, "securityContext"), "spec.securityContext", s_podSecurity, found);
        foreach (string list in (string[])["initContainers", "containers"])
        {
            foreach ((JsonElement container, string path) in Items(document.RootElement, "spec", list))
                CompareContainer(container, path, isLasting: list == "containers", found);
        }
        foreach ((JsonElement volume, string path) in Items(document.RootElement, "spec", "volumes"))
        {
            foreach ((string kind, string[] known) in s_volumes)
                Compare(Member(volume, kind), $"{path}.{kind}", known, found);
        }
        return found;
    }

    private static void CompareContainer(JsonElement container, string path, bool isLasting, List<string> found)
    {
        Compare(container, path, isLasting ? [.. s_container, .. s_probes] : s_container, found);
        foreach (string probe in isLasting ? s_probes : [])
            Compare(Member(container, probe), $"{path}.{probe}", s_probe, found);
        Compare(Member(container, "securityContext"), $"{path}.securityContext", s_security, found);
        JsonElement resources = Member(container, "resources");
        Compare(resources, $"{path}.resources", ["limits"], found);
        Compare(Member(resources, "limits"), $"{path}.resources.limits", ["memory", "cpu"], found);
        foreach ((JsonElement mount, string place) in Items(container, path, "volumeMounts"))
            Compare(mount, place, s_mount, found);
    }

    private static void Compare(JsonElement element, string path, string[] known, List<string> found)
    {
        if (element.ValueKind == JsonValueKind.Object)
            found.AddRange(element.EnumerateObject().Where(member => !known.Contains(member.Name)).Select(member => $"{path}.{member.Name}"));
    }

    private static IEnumerable<(JsonElement Item, string Path)> Items(JsonElement element, string path, string list) =>
        Member(element, list) is { ValueKind: JsonValueKind.Array } array
            ? array.EnumerateArray().Select(item => (item, $"{path}.{list}[{Member(item, "name")}]"))
            : [];

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : default;
}
