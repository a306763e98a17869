namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun --version</c>: its own version and that of the specification, in the form of runc and crun.</summary>
internal static class VersionCommand
{
    public static int Run()
    {
        Version version = typeof(VersionCommand).Assembly.GetName().Version!;
        StandardStream.WriteOutput($"nsrun version {version.ToString(3)}\nspec: 1.2.0\n");
        return 0;
    }
}
