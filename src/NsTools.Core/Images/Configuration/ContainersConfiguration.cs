namespace NsTools.Images.Configuration;

/// <summary>Where the configuration lies that Podman, Buildah and Skopeo share.</summary>
internal static class ContainersConfiguration
{
    /// <summary>The user's directory, <c>$XDG_CONFIG_HOME/containers</c>.</summary>
    public static string UserDirectory => Path.Join(
        Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } home ? home : Path.Join(Home, ".config"), "containers");

    /// <summary>The host's directory.</summary>
    public static string SystemDirectory => "/etc/containers";

    /// <summary>The user's home.</summary>
    public static string Home => Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>Paths of a file or directory, the user's before the host's.</summary>
    /// <param name="name">Its name.</param>
    public static IEnumerable<string> UserThenSystem(string name) => [Path.Join(UserDirectory, name), Path.Join(SystemDirectory, name)];
}
