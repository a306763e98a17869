using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Images;
using NsTools.Images.Layouts;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>Completes the names of the images in the local store, and the transports.</summary>
public sealed class ImageNameCompleter : IArgumentCompleter
{
    private static readonly (string Prefix, string Tip)[] s_transports =
    [
        ("docker://", "An image in a registry: docker://REGISTRY/REPOSITORY:TAG"),
        ("oci:", "An image in an OCI layout directory: oci:PATH:NAME"),
        ("oci-archive:", "An image in a tar archive of an OCI layout: oci-archive:PATH:NAME"),
        ("docker-archive:", "An image that docker save wrote: docker-archive:PATH:NAME"),
        ("dir:", "An image as a directory of its blobs: dir:PATH"),
    ];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        IReadOnlyList<ImageDescriptor> entries;
        try
        {
            entries = ImageStore.Default.Layout.ReadEntries();
        }
        catch (Exception exception) when (Failure.IsExpected(exception))
        {
            // A store that cannot be read is told of when the command runs.
            entries = [];
        }
        foreach (ImageDescriptor entry in entries.Where(entry => OciLayout.NameOf(entry) is { } name && typed.Matches(name)))
            yield return typed.Result(OciLayout.NameOf(entry)!, $"{entry.Digest} {entry.MediaType}");
        if (string.IsNullOrWhiteSpace(wordToComplete?.Trim('\'', '"')))
            yield break;
        foreach ((string prefix, string tip) in s_transports.Where(transport => typed.Matches(transport.Prefix)))
            yield return typed.Result(prefix, tip);
    }
}
