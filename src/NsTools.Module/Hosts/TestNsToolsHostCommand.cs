using System.Management.Automation;
using NsTools.Hosts;
using NsTools.Module.Common;

namespace NsTools.Module.Hosts;

/// <summary>Test-NsToolsHost: a row for each thing that NsTools makes use of, whether this host has it, and what to do if not.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NsToolsHost")]
[OutputType(typeof(HostFeature))]
public sealed class TestNsToolsHostCommand : NsToolsCmdlet
{
    /// <summary>Only these features; wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostFeatureCompleter))]
    public string[] Feature { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string pattern in Feature)
        {
            if (!WildcardPattern.ContainsWildcardCharacters(pattern))
            {
                ForItem(pattern, () => WriteObject(HostInspector.Inspect(pattern)));
                continue;
            }
            WildcardPattern wanted = WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase);
            foreach (string name in HostInspector.Features.Where(wanted.IsMatch))
            {
                ForItem(name, () =>
                {
                    StopToken.ThrowIfCancellationRequested();
                    WriteObject(HostInspector.Inspect(name));
                });
            }
        }
    }
}
