using Xunit;

namespace NsTools.Tests.Images;

/// <summary>A test against a real registry; skipped, and said so, without one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RegistryFactAttribute : FactAttribute
{
    public RegistryFactAttribute()
    {
        if (!File.Exists(DockerRegistry.Program))
            Skip = $"needs {DockerRegistry.Program} (package docker-registry)";
    }
}
