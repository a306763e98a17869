using System.Management.Automation;
using NsTools.Builds;
using NsTools.Module.Common;

namespace NsTools.Module.Builds;

/// <summary>A cmdlet that reads Dockerfiles: files by their paths, or text from the pipeline.</summary>
public abstract class DockerfileCmdlet : NsToolsCmdlet
{
    private protected const string PathSet = "Path";
    private protected const string LiteralPathSet = "LiteralPath";
    private protected const string TextSet = "Text";

    private readonly List<string> _lines = [];

    /// <summary>The Dockerfiles, or directories with a Containerfile or Dockerfile in them; wildcards are allowed. The current directory where it is not given.</summary>
    [Parameter(Position = 0, ParameterSetName = PathSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = ["."];

    /// <summary>The same, with wildcards taken as they are.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The text of one Dockerfile; what the pipeline brings is its lines.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = TextSet)]
    [Alias("InputObject")]
    [AllowEmptyString]
    public string[] Text { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == TextSet)
        {
            _lines.AddRange(Text);
            return;
        }
        foreach (string given in ParameterSetName == PathSet ? Path : LiteralPath)
        {
            ForItem(given, () =>
            {
                foreach (string path in Resolve(given))
                    ForItem(path, () => ReadFile(path));
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ParameterSetName == TextSet)
            ForItem(null, () => Process(string.Join('\n', _lines), null));
    }

    /// <summary>Works on one Dockerfile.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="path">Where it is; null for text from the pipeline.</param>
    private protected abstract void Process(string text, string? path);

    private IEnumerable<string> Resolve(string given)
    {
        if (ParameterSetName == LiteralPathSet || !WildcardPattern.ContainsWildcardCharacters(given))
            return [ToFileSystemPath(given)];
        try
        {
            return GetResolvedProviderPathFromPSPath(given, out _).Where(path => !Directory.Exists(path));
        }
        catch (ItemNotFoundException)
        {
            return [];
        }
    }

    private void ReadFile(string path)
    {
        string file = Dockerfiles.Locate(path);
        Process(File.ReadAllText(file), file);
    }
}
