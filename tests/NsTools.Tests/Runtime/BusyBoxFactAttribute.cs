using Xunit;

namespace NsTools.Tests.Runtime;

/// <summary>A test in a root file system of BusyBox alone, a statically linked one; skipped, and said so, without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BusyBoxFactAttribute : FactAttribute
{
    public BusyBoxFactAttribute()
    {
        if (!File.Exists(BusyBoxRoot.Program))
            Skip = $"needs a static BusyBox at {BusyBoxRoot.Program} (package busybox-static)";
    }

    /// <summary>True for what only root can do.</summary>
    public bool NeedsRoot
    {
        get => Skip is not null;
        set
        {
            if (value && Environment.UserName != "root")
                Skip = "needs root";
        }
    }
}
