namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>What a supervisor adds to a container's directory, and reads in its bundle's.</summary>
internal static class SupervisionFiles
{
    /// <summary>How the container has ended (<see cref="ExitRecord"/>).</summary>
    public const string Exit = "exit.json";

    /// <summary>The socket on which one attaches to it (<see cref="Attachments.AttachProtocol"/>).</summary>
    public const string Attach = "attach";

    /// <summary>In the bundle: there for as long as somebody wants the container ended, whatever its restart policy says.</summary>
    public const string Stop = "stop";

    /// <summary>In the bundle: how often the container has been restarted since somebody started it.</summary>
    public const string Restarts = "restarts";
}
