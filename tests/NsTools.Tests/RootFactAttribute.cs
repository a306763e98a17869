using Xunit;

namespace NsTools.Tests;

/// <summary>A test of what only root can do; skipped, and said so, for an ordinary user.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (Environment.UserName != "root")
            Skip = "needs root";
    }
}
