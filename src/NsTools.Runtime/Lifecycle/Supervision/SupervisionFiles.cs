namespace NsTools.Runtime.Lifecycle.Supervision;

/// <summary>What a supervisor adds to a container's directory.</summary>
internal static class SupervisionFiles
{
    /// <summary>How the container has ended (<see cref="ExitRecord"/>).</summary>
    public const string Exit = "exit.json";
}
