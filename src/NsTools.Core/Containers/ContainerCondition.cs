namespace NsTools;

/// <summary>What Wait-Container waits for.</summary>
public enum ContainerCondition
{
    /// <summary>Its program has ended.</summary>
    Exited,

    /// <summary>It is well, as its health check says.</summary>
    Healthy,

    /// <summary>It is not well.</summary>
    Unhealthy,
}
