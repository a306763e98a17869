using System.Globalization;
using NsTools.Commands;
using NsTools.Interop.Oci;
using NsTools.Interop.Processes;

namespace NsTools.Containers;

/// <summary>The equivalent <c>podman</c> command of what a cmdlet is about to do.</summary>
public static class ContainerShellCommand
{
    /// <summary>That which makes or runs a container, such as <c>podman run --rm alpine:3 true</c>.</summary>
    /// <param name="verb"><c>run</c>, <c>run --detach</c> or <c>create</c>.</param>
    /// <param name="image">The image; null for a root file system.</param>
    /// <param name="root">The root file system; null for an image.</param>
    /// <param name="options">What it is to be.</param>
    public static string Describe(string verb, string? image, string? root, ContainerOptions options)
    {
        List<string> words = ["podman", .. verb.Split(' ')];
        Add(options.RemovesItself, "--rm");
        Add(options.KeepsInput, "--interactive");
        Add(options.HasTerminal, "--tty");
        Add(options.HasInit, "--init");
        Value("--restart", options.RestartPolicy);
        Value("--name", options.Name);
        Value("--user", options.User);
        Value("--workdir", options.WorkingDirectory);
        Value("--hostname", options.HostName);
        Value("--entrypoint", options.Entrypoint is { } entrypoint ? string.Join(' ', entrypoint) : null);
        foreach ((string name, string? value) in options.Environment)
            words.AddRange(value is null ? ["--unsetenv", name] : ["--env", $"{name}={value}"]);
        foreach ((string name, string value) in options.Labels)
            words.AddRange(["--label", $"{name}={value}"]);
        foreach (ContainerMount mount in options.Mounts)
            words.AddRange(Mount(mount));
        foreach (ContainerDevice device in options.Devices)
            words.AddRange(["--device", device.ToString()]);
        foreach (RlimitSpec limit in options.ResourceLimits)
            words.AddRange(["--ulimit", ResourceLimitText.Describe(limit)]);
        Add(options.IsReadOnly, "--read-only");
        Value("--memory", Text(options.Memory));
        Value("--cpus", Text(options.Cpu));
        Value("--pids-limit", options.PidsLimit == new ContainerOptions().PidsLimit ? null : Text(options.PidsLimit));
        foreach (string name in options.AddedCapabilities)
            words.AddRange(["--cap-add", name]);
        foreach (string name in options.DroppedCapabilities)
            words.AddRange(["--cap-drop", name]);
        Add(!options.AllowsNewPrivileges, "--security-opt=no-new-privileges");
        Add(options.HasNoSystemCallFilter, "--security-opt=seccomp=unconfined");
        if (options.HealthCheck is { } check)
        {
            Add(check.Test is ["NONE"], "--no-healthcheck");
            Value("--health-cmd", check.Test is ["CMD-SHELL", var line] ? line : check.Test is ["CMD", ..] and var test ? $"[{string.Join(", ", test.Skip(1).Select(word => $"\"{word}\""))}]" : null);
            Value("--health-interval", Seconds(check.Interval));
            Value("--health-timeout", Seconds(check.Timeout));
            Value("--health-retries", Text(check.Retries));
            Value("--health-start-period", Seconds(check.StartPeriod));
        }
        Value("--stop-signal", options.StopSignal is { } signal ? $"SIG{SignalName.Of(signal)}" : null);
        Value("--userns", options.UserNamespace is null or "host" or "auto" ? options.UserNamespace : null);
        foreach (string map in options.UserNamespace?.Contains(':', StringComparison.Ordinal) == true ? options.UserNamespace.Split(',') : [])
            words.AddRange(["--uidmap", map, "--gidmap", map]);
        Value("--pod", options.Pod);
        foreach (string network in options.Network?.Words() ?? [])
            words.AddRange(["--network", network]);
        foreach (ContainerPort port in options.Ports)
            words.AddRange(["--publish", port.ToPublishWord()]);
        words.AddRange(root is null ? [image!] : ["--rootfs", root]);
        return ShellWords.Join([.. words, .. options.Arguments]);

        void Add(bool condition, string word)
        {
            if (condition)
                words.Add(word);
        }

        void Value(string option, string? value)
        {
            if (value is not null)
                words.AddRange([option, value]);
        }
    }

    /// <summary>That which does something with a container, such as <c>podman stop web</c>.</summary>
    /// <param name="words">The words.</param>
    public static string Join(params IEnumerable<string> words) => ShellWords.Join(["podman", .. words]);

    private static string[] Mount(ContainerMount mount)
    {
        if (mount.Type == ContainerMountType.TmpFs)
            return ["--tmpfs", mount.Options.Count > 0 ? $"{mount.Destination}:{string.Join(',', mount.Options)}" : mount.Destination];
        List<string> options = [.. mount.Options];
        if (mount.IsReadOnly)
            options.Insert(0, "ro");
        if (mount.ChangesOwner)
            options.Add("U");
        if (!mount.CopiesUp)
            options.Add("nocopy");
        string source = mount.Source is null ? "" : $"{mount.Source}:";
        return ["--volume", $"{source}{mount.Destination}{(options.Count > 0 ? $":{string.Join(',', options)}" : "")}"];
    }

    private static string? Seconds(long? nanoseconds) => nanoseconds is { } time ? string.Create(CultureInfo.InvariantCulture, $"{time / 1e9:0.###}s") : null;

    private static string? Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);
}
