using System.Globalization;
using NsTools.Builds.Contexts;
using NsTools.Builds.Parsing;
using NsTools.Builds.Remote;
using NsTools.Interop.FileSystems;

namespace NsTools.Builds.Execution;

/// <summary>A file whose content stands in the Dockerfile, or came from elsewhere than a tree.</summary>
/// <param name="Name">Its name, where the destination is a directory.</param>
/// <param name="Content">Its content.</param>
/// <param name="Mode">Its permissions.</param>
internal sealed record CopiedText(string Name, byte[] Content, ushort Mode);

/// <summary>What a COPY or ADD is to copy, and where: all of it known before anything is written.</summary>
internal sealed record CopyPlan
{
    /// <summary>The trees and files, each with what is left out of it.</summary>
    public required IReadOnlyList<(SelectedSource Source, Func<RelativePath, bool>? Excluded)> Sources { get; init; }

    /// <summary>What came from other machines, likewise.</summary>
    public required IReadOnlyList<(SelectedSource Source, Func<RelativePath, bool>? Excluded)> Remotes { get; init; }

    /// <summary>The files that are texts.</summary>
    public required IReadOnlyList<CopiedText> Texts { get; init; }

    /// <summary>The destination: an absolute path.</summary>
    public required string Destination { get; init; }

    /// <summary>True where the destination is a directory, whether it is there or not.</summary>
    public required bool IsIntoDirectory { get; init; }

    /// <summary>The owner as it is written; null for root, or where <see cref="KeepsOwners"/>.</summary>
    public string? Owner { get; init; }

    /// <summary>True for what comes from another stage or image and gets no other owner: who owns it in the context is the host's matter, but not who owns it there.</summary>
    public bool KeepsOwners { get; init; }

    /// <summary>The permissions that all copies get; null for each one's.</summary>
    public ushort? Mode { get; init; }

    /// <summary>True keeps the sources' directories below the destination.</summary>
    public bool KeepsParents { get; init; }

    /// <summary>True unpacks archives.</summary>
    public bool Unpacks { get; init; }

    /// <summary>True unpacks archives that came from other machines.</summary>
    public bool UnpacksRemotes { get; init; }

    /// <summary>What all of it is known by.</summary>
    public required SourceFingerprint Fingerprint { get; init; }

    /// <summary>What sort of sources there are: <c>file</c>, <c>dir</c> or <c>multi</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>True where it is copied from the context, not from a stage or an image.</summary>
    public bool IsFromContext { get; init; }

    /// <summary>True where a source is on another machine, whether it was brought or is known from before.</summary>
    public bool HasRemotes { get; init; }

    /// <summary>The fingerprint as Docker and Buildah have it in the history: <c>file:…</c>, <c>dir:…</c> or <c>multi:…</c>.</summary>
    public string Digest => $"{Kind}:{Fingerprint.Value}";

    /// <summary>All but the sources that makes a difference to what the copying does.</summary>
    public IReadOnlyList<string> Manner =>
        [Destination, IsIntoDirectory.ToString(), Owner ?? "", $"{Mode}", KeepsParents.ToString(), Unpacks.ToString(), UnpacksRemotes.ToString()];

    /// <summary>Finds what an instruction is to copy.</summary>
    /// <param name="instruction">COPY or ADD.</param>
    /// <param name="state">Its stage.</param>
    /// <param name="variables">The build's variables.</param>
    /// <param name="selection">The tree that it copies from.</param>
    /// <param name="remotes">What it copies from other machines.</param>
    /// <param name="excludes">What of those is left out.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="NsToolsException">A source is not there, or the destination is no directory and must be.</exception>
    public static CopyPlan Make(
        DockerfileInstruction instruction, StageState state, BuildVariables variables, SourceSelection selection, RemoteSources remotes, IReadOnlyList<GoPattern> excludes, CancellationToken cancellation)
    {
        string[] words = WordsOf(instruction, state, variables);
        List<(SelectedSource, Func<RelativePath, bool>?)> sources = [];
        List<CopiedText> texts = [];
        foreach (string word in words.SkipLast(1))
        {
            if (HeredocOf(instruction, word) is { } heredoc)
                texts.Add(new CopiedText(heredoc.Name, TextOf(heredoc, state, variables), 0b110_100_100));
            else if (!RemoteAddress.IsRemote(word))
                sources.AddRange(Find(instruction, word, selection, cancellation));
        }
        bool keepsOwners = instruction.GetFlag("from") is not null && instruction.GetFlag("chown") is null;
        bool isInto = words[^1].EndsWith('/') || words[^1] is "." or ".." || words[^1].EndsWith("/.", StringComparison.Ordinal);
        int count = sources.Count + texts.Count + remotes.Items.Count;
        if (count > 1 && !isInto)
        {
            throw BuildFailure.At(
                FailureKind.InvalidData, "DestinationNotADirectory", instruction, $"{instruction.Instruction} has {count} sources, and '{words[^1]}' is no directory.", "End the destination with a slash.");
        }
        return new CopyPlan
        {
            Sources = sources,
            Remotes = Find(instruction, remotes, excludes, cancellation),
            Texts = texts,
            Destination = ConfigSteps.AbsolutePath(state.Config, words[^1]),
            IsIntoDirectory = isInto,
            Owner = instruction.GetFlag("chown") is { } owner ? variables.Expand(owner, state.Variable) : null,
            KeepsOwners = keepsOwners,
            Mode = instruction.GetFlag("chmod") is { } mode ? ModeOf(instruction, variables.Expand(mode, state.Variable)) : null,
            KeepsParents = IsSet(instruction, "parents"),
            Unpacks = instruction.Instruction == "ADD" && instruction.GetFlag("unpack")?.Equals("false", StringComparison.OrdinalIgnoreCase) != true,
            UnpacksRemotes = IsSet(instruction, "unpack"),
            Kind = count > 1 ? "multi" : sources is [({ IsDirectory: true }, _)] || remotes.Items is [{ IsTree: true }] ? "dir" : "file",
            IsFromContext = instruction.GetFlag("from") is null,
            HasRemotes = remotes.Items.Count > 0,
            Fingerprint = FingerprintOf(sources, texts, selection, remotes, excludes, keepsOwners, cancellation),
        };
    }

    /// <summary>The sources and the destination of an instruction, with their variables; the names of texts as they are.</summary>
    /// <param name="instruction">COPY or ADD.</param>
    /// <param name="state">Its stage.</param>
    /// <param name="variables">The build's variables.</param>
    public static string[] WordsOf(DockerfileInstruction instruction, StageState state, BuildVariables variables) =>
        [.. instruction.Arguments.Select(argument => HeredocOf(instruction, argument) is null ? variables.Expand(argument, state.Variable) : argument)];

    /// <summary>Whether an option is there and not switched off.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="flag">The option.</param>
    public static bool IsSet(DockerfileInstruction instruction, string flag) =>
        instruction.Flags.Any(given => given.Name == flag && given.Value?.Equals("false", StringComparison.OrdinalIgnoreCase) != true);

    private static DockerfileHeredoc? HeredocOf(DockerfileInstruction instruction, string word) =>
        HeredocWord.Parse(word) is { } announced ? instruction.Heredocs.FirstOrDefault(heredoc => heredoc.Name == announced.Name) : null;

    private static byte[] TextOf(DockerfileHeredoc heredoc, StageState state, BuildVariables variables)
    {
        string text = HeredocText.Of(heredoc);
        return System.Text.Encoding.UTF8.GetBytes(heredoc.IsExpanded ? BuildVariables.ExpandText(text, state.Variable) : text);
    }

    private static List<(SelectedSource, Func<RelativePath, bool>?)> Find(DockerfileInstruction instruction, string pattern, SourceSelection selection, CancellationToken cancellation)
    {
        IReadOnlyList<SelectedSource> found = selection.Find(pattern);
        if (found.Count == 0)
        {
            throw BuildFailure.At(
                FailureKind.NotFound, "SourceNotFound", instruction, $"there is no '{pattern}' to copy.", "Paths begin at the context's top, and the ignore file may leave it out.");
        }
        int pivot = pattern.IndexOf("/./", pattern.StartsWith("./", StringComparison.Ordinal) ? 2 : 0, StringComparison.Ordinal);
        int depth = pivot < 0 ? 0 : ContextPath.Parts(pattern[..pivot]).Length;
        return [.. found.Select(source => (source with { PivotDepth = depth }, selection.Exclusion(source, cancellation)))];
    }

    private static List<(SelectedSource, Func<RelativePath, bool>?)> Find(DockerfileInstruction instruction, RemoteSources remotes, IReadOnlyList<GoPattern> excludes, CancellationToken cancellation) =>
        !remotes.IsWhole || remotes.Select(excludes) is not { } selection
            ? []
            : [.. remotes.Items.SelectMany(item => Find(instruction, GoPattern.Escape(item.Path!), selection, cancellation))];

    private static ushort ModeOf(DockerfileInstruction instruction, string text)
    {
        try
        {
            uint mode = Convert.ToUInt32(text, 8);
            if (mode <= 0xFFF)
                return (ushort)mode;
        }
        catch (Exception failure) when (failure is FormatException or OverflowException or ArgumentException)
        {
            // Told below, as too large a number is.
        }
        throw BuildFailure.At(FailureKind.InvalidData, "InvalidMode", instruction, $"'{text}' can't be --chmod.", "Give octal digits, as in 0755.");
    }

    private static SourceFingerprint FingerprintOf(
        List<(SelectedSource Source, Func<RelativePath, bool>? Excluded)> sources,
        List<CopiedText> texts,
        SourceSelection selection,
        RemoteSources remotes,
        IReadOnlyList<GoPattern> excludes,
        bool hasOwners,
        CancellationToken cancellation)
    {
        SourceFingerprint fingerprint = new();
        foreach ((SelectedSource source, Func<RelativePath, bool>? excluded) in sources)
        {
            fingerprint.Add(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{source.Name}\0")));
            selection.AddTo(fingerprint, source, excluded, hasOwners, cancellation);
        }
        foreach (CopiedText text in texts)
        {
            fingerprint.Add(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Name}\0{text.Content.Length}\0")));
            fingerprint.Add(text.Content);
        }
        foreach (RemoteSource remote in remotes.Items)
        {
            // Not all of a commit may be wanted.
            string text = $"{remote.Name}\0{remote.Identity}\0{string.Join('\0', excludes.Select(exclude => exclude.Text))}\0";
            fingerprint.Add(System.Text.Encoding.UTF8.GetBytes(text));
        }
        return fingerprint;
    }
}
