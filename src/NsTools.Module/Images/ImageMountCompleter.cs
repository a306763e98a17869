using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsTools.Images.Layers;
using NsTools.Module.Common;

namespace NsTools.Module.Images;

/// <summary>Completes where images are mounted, or for -Image which ones.</summary>
public sealed class ImageMountCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        CompletionWord typed = new(wordToComplete);
        bool wantsImage = string.Equals(parameterName, "Image", StringComparison.OrdinalIgnoreCase);
        foreach (ImageMount mount in ImageMounter.List().DistinctBy(mount => wantsImage ? mount.Image : mount.Path))
        {
            string text = wantsImage ? mount.Image : mount.Path;
            if (typed.Matches(text))
                yield return typed.Result(text, $"{mount.Image} on {mount.Path}");
        }
    }
}
