namespace NsTools.Containers.Pods.Kubernetes;

/// <summary>The directories of a pod that a manifest's emptyDir, ConfigMaps and Secrets are: they go with the pod.</summary>
public static class PodFiles
{
    private const string Prefix = "files:";
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The mount with a directory of the pod in place of <c>files:NAME</c>, which is made and filled.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="mount">A mount of a <see cref="PodContainerPlan"/>.</param>
    /// <param name="plan">What has the files.</param>
    /// <exception cref="NsToolsException">The name of a file leads out of its directory (<c>PodManifestInvalid</c>).</exception>
    public static ContainerMount Place(Pod pod, ContainerMount mount, PodPlan plan)
    {
        if (mount.Source?.StartsWith(Prefix, StringComparison.Ordinal) != true)
            return mount;
        string name = mount.Source[Prefix.Length..];
        string root = Path.Join(pod.Path, "files"), directory = Inside(root, name);
        // Secrets are among them: nobody else comes as far as this.
        Directory.CreateDirectory(root, Owner);
        Directory.CreateDirectory(directory);
        foreach ((string file, byte[] content) in plan.Files.GetValueOrDefault(name) ?? new Dictionary<string, byte[]>())
        {
            string path = Inside(directory, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        return mount with { Source = directory };
    }

    private static string Inside(string directory, string name)
    {
        string path = Path.GetFullPath(Path.Join(directory, name));
        return path.StartsWith(directory + "/", StringComparison.Ordinal)
            ? path
            : throw new NsToolsException(FailureKind.InvalidData, "PodManifestInvalid", $"'{name}' is no name of a file in a volume: it leads out of it.", "Give names without '..'.");
    }
}
