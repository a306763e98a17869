using System.Text;

namespace NsTools.Interop.Oci;

/// <summary>
/// Checks what a config says before anything is started; each complaint names the JSON path. What a particular kernel
/// can do is not asked here.
/// </summary>
public static class RuntimeSpecValidator
{
    /// <summary>Checks the config.</summary>
    /// <param name="spec">The config.</param>
    /// <param name="needsProcess">True when a program is to be run, so that <c>process</c> must be there.</param>
    /// <returns>Warnings for the log: what the specification lets a runtime pass over, but not in silence.</returns>
    /// <exception cref="RuntimeSpecException">The first thing that is wrong.</exception>
    public static IReadOnlyList<string> Validate(RuntimeSpec spec, bool needsProcess)
    {
        var warnings = new List<string>();
        if (!spec.OciVersion.StartsWith("1.", StringComparison.Ordinal))
            throw new RuntimeSpecException("$.ociVersion", $"'{spec.OciVersion}' is not a version 1 of the specification");
        if (needsProcess && spec.Process is null)
            throw new RuntimeSpecException("$.process", "it is missing, and there is a program to run");
        if (spec.Process is not null)
            ProcessSpecValidator.Validate("$.process", spec.Process, needsProcess, warnings);
        if (spec.Root is { } root)
            SpecCheck.Text("$.root.path", root.Path);
        Dictionary<string, NamespaceSpec> namespaces = LinuxSpecValidator.ValidateNamespaces(spec.Linux?.Namespaces ?? []);
        ValidateHostName("$.hostname", spec.Hostname, namespaces);
        ValidateHostName("$.domainname", spec.Domainname, namespaces);
        ValidateMounts(spec.Mounts ?? [], namespaces);
        if (spec.Hooks is not null)
            ValidateHooks(spec.Hooks);
        if (spec.Linux is not null)
            LinuxSpecValidator.Validate(spec.Linux, namespaces);
        return warnings;
    }

    /// <summary>Checks a process that <c>exec --process</c> was given.</summary>
    /// <param name="process">The process.</param>
    /// <returns>Warnings for the log.</returns>
    /// <exception cref="RuntimeSpecException">The first thing that is wrong; its path begins at the process.</exception>
    public static IReadOnlyList<string> ValidateProcess(ProcessSpec process)
    {
        var warnings = new List<string>();
        ProcessSpecValidator.Validate("$", process, needsProgram: true, warnings);
        return warnings;
    }

    /// <summary>Checks resources that <c>update --resources</c> was given.</summary>
    /// <param name="resources">The resources.</param>
    /// <exception cref="RuntimeSpecException">The first thing that is wrong; its path begins at the resources.</exception>
    public static void ValidateResources(ResourcesSpec resources) => ResourcesSpecValidator.Validate("$", resources);

    private static void ValidateHostName(string path, string? name, Dictionary<string, NamespaceSpec> namespaces)
    {
        if (name is null)
            return;
        SpecCheck.NoNul(path, name);
        // sethostname(2): __NEW_UTS_LEN.
        if (Encoding.UTF8.GetByteCount(name) > 64)
            throw new RuntimeSpecException(path, "it is longer than 64 bytes");
        if (!namespaces.ContainsKey("uts"))
            throw new RuntimeSpecException(path, "it needs a uts namespace in linux.namespaces, otherwise the host's own name would change");
    }

    private static void ValidateMounts(IReadOnlyList<MountSpec> mounts, Dictionary<string, NamespaceSpec> namespaces)
    {
        // Without one of its own, the mounts would appear on the host, or in the container that is joined.
        if (mounts.Count > 0 && !LinuxSpecValidator.IsNew(namespaces, "mount"))
            throw new RuntimeSpecException("$.mounts", "mounts need a new mount namespace in linux.namespaces");
        for (int i = 0; i < mounts.Count; i++)
        {
            MountSpec item = mounts[i];
            string path = JsonPath.Item("$.mounts", i);
            SpecCheck.Absolute($"{path}.destination", item.Destination);
            SpecCheck.NoNul($"{path}.type", item.Type);
            SpecCheck.NoNul($"{path}.source", item.Source);
            SpecCheck.NoNulItems($"{path}.options", item.Options);
            LinuxSpecValidator.ValidateMap($"{path}.uidMappings", item.UidMappings);
            LinuxSpecValidator.ValidateMap($"{path}.gidMappings", item.GidMappings);
            bool mapsUsers = item.UidMappings is { Count: > 0 };
            if (mapsUsers != item.GidMappings is { Count: > 0 })
                throw new RuntimeSpecException($"{path}.{(mapsUsers ? "gidMappings" : "uidMappings")}", "it is missing, and an idmapped mount needs both mappings");
        }
    }

    private static void ValidateHooks(HooksSpec hooks)
    {
        ValidateHooks("$.hooks.prestart", hooks.Prestart);
        ValidateHooks("$.hooks.createRuntime", hooks.CreateRuntime);
        ValidateHooks("$.hooks.createContainer", hooks.CreateContainer);
        ValidateHooks("$.hooks.startContainer", hooks.StartContainer);
        ValidateHooks("$.hooks.poststart", hooks.Poststart);
        ValidateHooks("$.hooks.poststop", hooks.Poststop);
    }

    private static void ValidateHooks(string path, IReadOnlyList<HookSpec>? hooks)
    {
        for (int i = 0; i < (hooks?.Count ?? 0); i++)
        {
            HookSpec hook = hooks![i];
            string item = JsonPath.Item(path, i);
            SpecCheck.Absolute($"{item}.path", hook.Path);
            SpecCheck.NoNulItems($"{item}.args", hook.Args);
            SpecCheck.Environment($"{item}.env", hook.Env);
            if (hook.Timeout <= 0)
                throw new RuntimeSpecException($"{item}.timeout", $"{hook.Timeout} is not above 0");
        }
    }
}
