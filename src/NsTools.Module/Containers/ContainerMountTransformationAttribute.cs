using System.Collections;
using System.Management.Automation;
using NsTools.Containers.Volumes;

namespace NsTools.Module.Containers;

/// <summary>
/// Lets <c>-Mount</c> take what says a mount: text in Podman's words, a hash table with the same words, a mount of the host
/// (which is then seen inside at the same place), an image's mount, and the mount of another container.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ContainerMountTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        try
        {
            return value is IList list and not PSCustomObject
                ? list.Cast<object?>().Select(item => ToMount(engineIntrinsics, item)).ToArray()
                : new[] { ToMount(engineIntrinsics, inputData) };
        }
        catch (NsToolsException failure)
        {
            throw new ArgumentTransformationMetadataException($"{failure.Message} {failure.Remedy}", failure);
        }
    }

    private static ContainerMount ToMount(EngineIntrinsics engine, object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        ContainerMount mount => mount,
        string text => MountText.ParseMount(text, path => ToAbsolute(engine, path)),
        MountPoint mount => new ContainerMount { Type = ContainerMountType.Bind, Source = mount.Target, Destination = mount.Target, IsReadOnly = mount.IsReadOnly },
        IDictionary table => MountText.ParseMount(ToText(table.Cast<DictionaryEntry>().Select(entry => (entry.Key.ToString()!, entry.Value))), path => ToAbsolute(engine, path)),
        PSCustomObject when FromBag(PSObject.AsPSObject(input)) is { } mount => mount,
        var other => throw new NsToolsException(
            FailureKind.InvalidArgument, "InvalidMount", $"A value of type {other?.GetType().Name ?? "null"} is no mount.", "Give type=bind,source=/here,target=/there, or an object of Get-MountPoint."),
    };

    private static string ToText(IEnumerable<(string Key, object? Value)> fields) =>
        string.Join(',', fields.Select(field => field.Value is null or true ? field.Key.ToLowerInvariant() : $"{field.Key.ToLowerInvariant()}={LanguagePrimitives.ConvertTo<string>(field.Value)}"));

    // What remoting or a job has made of a container's mount.
    private static ContainerMount? FromBag(PSObject bag) =>
        bag.Properties["Destination"]?.Value is string destination && LanguagePrimitives.TryConvertTo(bag.Properties["Type"]?.Value, out ContainerMountType type)
            ? new ContainerMount
            {
                Type = type,
                Source = bag.Properties["Source"]?.Value as string,
                Destination = destination,
                IsReadOnly = bag.Properties["IsReadOnly"]?.Value is true,
                IsAnonymous = bag.Properties["IsAnonymous"]?.Value is true,
                Options = LanguagePrimitives.ConvertTo<string[]>(bag.Properties["Options"]?.Value) ?? [],
            }
            : null;

    private static string ToAbsolute(EngineIntrinsics engine, string path)
    {
        string resolved = engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.Name == "FileSystem"
            ? Path.GetFullPath(resolved)
            : throw new NsToolsException(FailureKind.InvalidArgument, "NotAFileSystemPath", $"'{path}' is a path of the {provider.Name} provider, not of the file system.");
    }
}
