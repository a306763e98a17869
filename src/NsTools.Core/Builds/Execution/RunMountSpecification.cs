using System.Globalization;
using NsTools.Builds.Parsing;

namespace NsTools.Builds.Execution;

/// <summary>What one <c>--mount</c> of RUN asks for (Dockerfile reference, "RUN --mount").</summary>
internal sealed record RunMountSpecification
{
    private static readonly string[] s_types = ["bind", "cache", "tmpfs", "secret", "ssh"];
    private static readonly string[] s_keys = ["type", "from", "source", "src", "target", "dst", "destination", "ro", "readonly", "rw", "readwrite", "id", "sharing", "required", "size", "mode", "uid", "gid", "env"];

    /// <summary>What sort: <c>bind</c>, <c>cache</c>, <c>tmpfs</c>, <c>secret</c> or <c>ssh</c>.</summary>
    public string Type { get; init; } = "bind";

    /// <summary>The stage or image that a bind is of; null for the context.</summary>
    public string? From { get; init; }

    /// <summary>The path in there.</summary>
    public string Source { get; init; } = "";

    /// <summary>The absolute path in the container.</summary>
    public string? Target { get; init; }

    /// <summary>True where it cannot be written.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>What a cache or secret is called.</summary>
    public string? Id { get; init; }

    /// <summary>How builds share a cache: <c>shared</c>, <c>private</c> or <c>locked</c>.</summary>
    public string Sharing { get; init; } = "shared";

    /// <summary>True where the build fails without the secret or agent.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Most bytes in memory.</summary>
    public long? Size { get; init; }

    /// <summary>Permissions of a cache's directory or a secret.</summary>
    public ushort? Mode { get; init; }

    /// <summary>The owner's user ID.</summary>
    public uint UserId { get; init; }

    /// <summary>The owning group's ID.</summary>
    public uint GroupId { get; init; }

    /// <summary>The variable that gets a secret.</summary>
    public string? Variable { get; init; }

    /// <summary>Reads one.</summary>
    /// <param name="instruction">The RUN.</param>
    /// <param name="text">Its words, between commas.</param>
    /// <param name="config">Has the working directory.</param>
    /// <exception cref="NsToolsException">It is none (<c>InvalidMount</c>).</exception>
    public static RunMountSpecification Parse(DockerfileInstruction instruction, string text, ImageRunConfig config)
    {
        RunMountSpecification mount = new();
        foreach (string field in text.Split(','))
        {
            string[] parts = field.Split('=', 2);
            string key = parts[0].Trim().ToLowerInvariant();
            if (!s_keys.Contains(key))
                throw Invalid($"there is no '{key}' in '{field}'", NameSuggestion.Of(key, s_keys));
            if (parts.Length < 2 && key is not ("ro" or "readonly" or "rw" or "readwrite" or "required"))
                throw Invalid($"'{key}' needs a value", $"Write {key}=…");
            mount = mount.With(key, parts.Length < 2 ? "true" : parts[1], Invalid);
        }
        if (mount.Target is { } target)
            mount = mount with { Target = ConfigSteps.AbsolutePath(config, target) };
        else if (mount.Type is "bind" or "cache" or "tmpfs")
            throw Invalid($"a {mount.Type} needs a target", "Write target=/PATH.");
        if (mount is { Type: "secret", Id: null, Target: null })
            throw Invalid("a secret needs an id", "Write id=NAME.");
        return mount.Type != "bind" && mount.From is not null ? throw Invalid($"a {mount.Type} is of no stage", "Only type=bind takes from=.") : mount;

        NsToolsException Invalid(string problem, string? remedy) => BuildFailure.At(FailureKind.InvalidData, "InvalidMount", instruction, $"--mount={text}: {problem}.", remedy);
    }

    private RunMountSpecification With(string key, string value, Func<string, string?, NsToolsException> invalid)
    {
        return key switch
        {
            "type" => s_types.Contains(value.ToLowerInvariant()) ? this with { Type = value.ToLowerInvariant() } : throw invalid($"there is no type '{value}'", $"There are {string.Join(", ", s_types)}."),
            "from" => this with { From = value },
            "source" or "src" => this with { Source = value.TrimStart('/') },
            "target" or "dst" or "destination" => this with { Target = value },
            "ro" or "readonly" => this with { IsReadOnly = Boolean() },
            "rw" or "readwrite" => this with { IsReadOnly = !Boolean() },
            "id" => this with { Id = value },
            "sharing" => value is "shared" or "private" or "locked" ? this with { Sharing = value } : throw invalid($"'{value}' is no way to share", "There are shared, private and locked."),
            "required" => this with { IsRequired = Boolean() },
            "size" => this with { Size = Bytes() },
            "mode" => this with { Mode = (ushort)Number(8, 0xFFF) },
            "uid" => this with { UserId = Number(10, uint.MaxValue - 1) },
            "gid" => this with { GroupId = Number(10, uint.MaxValue - 1) },
            _ => this with { Variable = value },
        };

        bool Boolean() => bool.TryParse(value, out bool isSet) ? isSet : throw invalid($"'{value}' can't be {key}", "It is true or false.");

        uint Number(int digits, uint most)
        {
            try
            {
                if (Convert.ToUInt32(value, digits) is uint number && number <= most)
                    return number;
            }
            catch (Exception failure) when (failure is FormatException or OverflowException or ArgumentException)
            {
                // Told below, as too large a number is.
            }
            throw invalid($"'{value}' can't be {key}", digits == 8 ? "It is octal digits." : "It is a number.");
        }

        // As Docker has it: k, m and g are powers of 1024.
        long Bytes()
        {
            string digits = value.TrimEnd('b', 'B', 'i');
            int shift = digits.Length == 0 ? 0 : char.ToLowerInvariant(digits[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
            return long.TryParse(shift > 0 ? digits[..^1] : digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= long.MaxValue >> shift
                ? number << shift
                : throw invalid($"'{value}' is no size", "It is a number of bytes, or such as 64m.");
        }
    }
}
