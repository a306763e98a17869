using Xunit;

namespace NsTools.Tests.Runtime;

/// <summary>As <see cref="BusyBoxFactAttribute"/>, for tests with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BusyBoxTheoryAttribute : TheoryAttribute
{
    public BusyBoxTheoryAttribute()
    {
        if (!File.Exists(BusyBoxRoot.Program))
            Skip = $"needs a static BusyBox at {BusyBoxRoot.Program} (package busybox-static)";
    }
}
