namespace NsTools.Interop.Oci;

/// <summary>Programs to run at the points of the container's life (config.md, "POSIX-platform Hooks"; runtime.md, "Lifecycle").</summary>
public sealed record HooksSpec
{
    /// <summary>In the runtime's namespaces, during create, after the namespaces are made, before the root is changed. Deprecated.</summary>
    public IReadOnlyList<HookSpec>? Prestart { get; init; }

    /// <summary>In the runtime's namespaces, during create, after the namespaces are made, before the root is changed.</summary>
    public IReadOnlyList<HookSpec>? CreateRuntime { get; init; }

    /// <summary>In the container's namespaces, during create, before the root is changed.</summary>
    public IReadOnlyList<HookSpec>? CreateContainer { get; init; }

    /// <summary>In the container, during start, before the program is executed.</summary>
    public IReadOnlyList<HookSpec>? StartContainer { get; init; }

    /// <summary>In the runtime's namespaces, during start, after the program was executed.</summary>
    public IReadOnlyList<HookSpec>? Poststart { get; init; }

    /// <summary>In the runtime's namespaces, during delete, after the container is gone.</summary>
    public IReadOnlyList<HookSpec>? Poststop { get; init; }
}

/// <summary>One hook; it gets the container's state on standard input.</summary>
public sealed record HookSpec
{
    /// <summary>The program, an absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Its arguments with <c>argv[0]</c>, as in <c>execv(3)</c>; null passes the path alone.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>Its whole environment, <c>NAME=value</c> each; null for an empty one.</summary>
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Seconds until it is killed, at least 1; null for no limit.</summary>
    public int? Timeout { get; init; }
}
