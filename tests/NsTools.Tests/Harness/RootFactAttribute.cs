using Tmds.Linux;
using Xunit;

namespace NsTools.Tests.Harness;

/// <summary>A test that only root can run: mounts, namespaces of the host. Skipped with that reason otherwise.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (LibC.geteuid() != 0)
            Skip = "needs root";
    }
}
