using System.Management.Automation;
using NsTools.Builds;
using NsTools.Images;
using NsTools.Module.Common;
using NsTools.Module.Images;

namespace NsTools.Module.Builds;

/// <summary>Set-ImageConfig: makes an image of another one with another configuration, as <c>buildah config</c> does for a working container.</summary>
[Cmdlet(VerbsCommon.Set, "ImageConfig", SupportsShouldProcess = true)]
[OutputType(typeof(Image))]
public sealed partial class SetImageConfigCommand : SingleImageCmdlet
{
    /// <inheritdoc/>
    private protected override void Process(IImageSource source)
    {
        ImageConfigChange change = GetChange();
        ImageReference[] names = [.. Tag.Select(ImageWriter.RequireName)];
        string options = string.Concat(change.Options.Select(option => $" --{option.Option} '{option.Value}'"));
        if (ShouldProcess($"buildah from {source.Reference}; buildah config{options} …; buildah commit … {string.Join(' ', Tag)}".TrimEnd(), source.Reference.ToString(), "Set-ImageConfig"))
            WriteObject(Wait(ImageConfigEditor.RunAsync(source, Platform, change, names, StopToken)));
    }

    private ImageConfigChange GetChange() => new()
    {
        User = IsGiven(nameof(User)) ? User ?? "" : null,
        Entrypoint = Entrypoint,
        Command = Command,
        Environment = DictionaryText.Of(Environment),
        Labels = DictionaryText.Of(Label),
        Annotations = DictionaryText.Of(Annotation),
        WorkingDirectory = WorkingDirectory,
        ExposedPorts = ExposedPort,
        Volumes = Volume,
        Shell = Shell,
        OnBuild = OnBuild,
        StopSignal = StopSignal,
        HealthCheck = GetHealthCheck(),
        Author = Author,
        Comment = Comment,
        CreatedBy = CreatedBy,
        Platform = NewPlatform,
        Format = IsGiven(nameof(Format)) ? Format : null,
        SourceDateEpoch = IsGiven(nameof(SourceDateEpoch)) ? SourceDateEpoch : null,
    };

    private ImageHealthCheck? GetHealthCheck()
    {
        ImageHealthCheck check = new()
        {
            Test = HealthCheck switch
            {
                null => null,
                ["NONE"] => HealthCheck,
                [var command] => ["CMD-SHELL", command],
                _ => ["CMD", .. HealthCheck],
            },
            Interval = Nanoseconds(nameof(HealthCheckInterval), HealthCheckInterval),
            Timeout = Nanoseconds(nameof(HealthCheckTimeout), HealthCheckTimeout),
            StartPeriod = Nanoseconds(nameof(HealthCheckStartPeriod), HealthCheckStartPeriod),
            Retries = IsGiven(nameof(HealthCheckRetry)) ? HealthCheckRetry : null,
        };
        return check == new ImageHealthCheck() ? null : check;
    }

    private long? Nanoseconds(string parameter, TimeSpan time) => IsGiven(parameter) ? time.Ticks * TimeSpan.NanosecondsPerTick : null;

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
