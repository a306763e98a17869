using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit;

// Tests set environment variables of this process, and count namespaces and mounts of this machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace NsTools.Tests;

/// <summary>Where the tests find what the build made, and where NsTools keeps its state while they run.</summary>
internal static class TestEnvironment
{
    /// <summary>The repository: the nearest directory above the test assembly that has the manifest.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The module as <c>dotnet build</c> leaves it.</summary>
    public static string Module { get; } = Path.Combine(Repository, "out", "NsTools");

    /// <summary>Its manifest.</summary>
    public static string Manifest { get; } = Path.Combine(Module, "NsTools.psd1");

    /// <summary>A directory of this test run; state lies under it and nowhere else.</summary>
    public static string Scratch { get; } = Path.Combine(
        Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"nstools-tests-{Environment.ProcessId}"));

    /// <summary>Runs before any test, in whatever order they come.</summary>
    [ModuleInitializer]
    internal static void Initialize()
    {
        Directory.CreateDirectory(Scratch);
        // NsTools.Core lies beside this assembly too, so its own search, from its place upward, would not find nsrun.
        SetUnlessGiven("NSTOOLS_RUNTIME", Path.Combine(Module, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", "nsrun"));
        SetUnlessGiven("NSTOOLS_RUNROOT", Path.Combine(Scratch, "run"));
        SetUnlessGiven("NSTOOLS_ROOT", Path.Combine(Scratch, "data"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RemoveScratch();
    }

    private static void SetUnlessGiven(string name, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
            Environment.SetEnvironmentVariable(name, value);
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NsTools.psd1")) && File.Exists(Path.Combine(folder.FullName, "NsTools.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"No repository above '{AppContext.BaseDirectory}'.");
    }

    private static void RemoveScratch()
    {
        // Deleting through a mount that a failed test left would delete what is mounted there.
        if (!File.ReadAllText("/proc/self/mountinfo").Contains($" {Scratch}/", StringComparison.Ordinal) && Directory.Exists(Scratch))
            Directory.Delete(Scratch, recursive: true);
    }
}
