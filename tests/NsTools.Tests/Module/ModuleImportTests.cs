using System.Management.Automation;
using System.Reflection;
using NsTools.Tests.Engine;
using Xunit;

namespace NsTools.Tests.Module;

public sealed class ModuleImportTests(EmbeddedEngine engine) : IClassFixture<EmbeddedEngine>
{
    [Fact]
    public void The_engine_needs_no_pwsh_and_has_the_module()
    {
        var module = Assert.Single(engine.Run("Get-Module NsTools").EnsureSuccess().As<PSModuleInfo>());
        Assert.Equal(TestEnvironment.Module, module.ModuleBase);
    }

    [Fact]
    public void Every_exported_name_is_a_cmdlet_and_every_cmdlet_is_exported()
    {
        string[] declared = [.. Manifest("CmdletsToExport").Order(StringComparer.Ordinal)];
        string[] present = [.. engine.Run("(Get-Command -Module NsTools).Name").EnsureSuccess().As<string>().Order(StringComparer.Ordinal)];
        Assert.Equal(declared, present);
    }

    [Fact]
    public void The_nsrun_of_the_build_is_there_and_executable() =>
        Assert.True(File.GetUnixFileMode(Environment.GetEnvironmentVariable("NSTOOLS_RUNTIME")!).HasFlag(UnixFileMode.OtherExecute));

    [Fact]
    public void Elsewhere_than_on_Linux_the_import_fails_with_one_sentence()
    {
        MethodInfo ensure = Assembly.LoadFrom(Path.Combine(TestEnvironment.Module, "NsTools.Loader.dll"))
            .GetType("NsTools.Loader.ModuleInitializer", throwOnError: true)!
            .GetMethod("EnsureSupported", BindingFlags.Static | BindingFlags.NonPublic)!;
        ensure.Invoke(null, [true]);
        var failure = Assert.Throws<TargetInvocationException>(() => ensure.Invoke(null, [false]));
        Assert.Equal("NsTools works on Linux only: it speaks to the Linux kernel directly.", Assert.IsType<PlatformNotSupportedException>(failure.InnerException).Message);
    }

    [Fact]
    public void Nothing_but_what_the_module_needs_is_shipped() =>
        Assert.DoesNotContain(
            Directory.EnumerateFiles(TestEnvironment.Module, "*", SearchOption.AllDirectories),
            path => Path.GetExtension(path) is ".pdb" or ".xml" or ".dbg" && !path.EndsWith("-Help.xml", StringComparison.Ordinal));

    private IEnumerable<string> Manifest(string key) => engine
        .Run("param($Path, $Key) ([scriptblock]::Create([IO.File]::ReadAllText($Path)).Invoke())[0][$Key]", new Dictionary<string, object?>
        {
            ["Path"] = TestEnvironment.Manifest,
            ["Key"] = key,
        })
        .EnsureSuccess().As<string>();
}
