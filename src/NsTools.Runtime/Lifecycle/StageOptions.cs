using System.Globalization;

namespace NsTools.Runtime.Lifecycle;

/// <summary>What the outer stage tells the inner one on its command line, beside the config.</summary>
internal sealed record StageOptions
{
    private const string RootWord = "root";
    private const string JoinMountWord = "join-mount";
    private const string DetachedWord = "detached";
    private const string ExecWord = "exec";
    private const string WaitWord = "wait";
    private const string CgroupWord = "cgroup";
    private const string NoPivotWord = "no-pivot";
    private const string PreserveWord = "preserve=";
    private const string ListenWord = "listen=";
    private const string KeyringWord = "keyring=";
    private const string TreeWord = "tree=";

    /// <summary><see cref="StageProtocol.RootDescriptor"/> is there to change the root to.</summary>
    public bool ChangesRoot { get; init; }

    /// <summary><see cref="StageProtocol.MountNamespaceDescriptor"/> is there to join.</summary>
    public bool JoinsMount { get; init; }

    /// <summary>The process outlives who starts it: a container. Otherwise it dies with its monitor.</summary>
    public bool IsDetached { get; init; }

    /// <summary>The process is one more of a container that runs already.</summary>
    public bool IsExec { get; init; }

    /// <summary>It waits on <see cref="StageProtocol.StartDescriptor"/> for <c>nsrun start</c> before the program is executed.</summary>
    public bool WaitsForStart { get; init; }

    /// <summary>Before the program is executed, the outer stage completes the cgroup.</summary>
    public bool WaitsForCgroup { get; init; }

    /// <summary>The root is moved and entered with chroot(2), for one on a ramdisk: pivot_root(2) refuses that.</summary>
    public bool NoPivot { get; init; }

    /// <summary>How many descriptors after standard error are the program's.</summary>
    public int Preserved { get; init; }

    /// <summary>How many of them, the first ones, are sockets handed on as <c>LISTEN_FDS</c> (<c>sd_listen_fds(3)</c>).</summary>
    public int Listening { get; init; }

    /// <summary>Name of the session keyring to make (<c>session-keyring(7)</c>); null keeps the caller's.</summary>
    public string? Keyring { get; init; }

    /// <summary>Sources of bind mounts: index of the mount in the config, and the descriptor that the outer stage has opened for it.</summary>
    public IReadOnlyList<(int Index, int Descriptor)> Trees { get; init; } = [];

    /// <summary>Reads them.</summary>
    /// <param name="words">Arguments of the inner stage.</param>
    public static StageOptions Parse(ReadOnlySpan<string> words)
    {
        var options = new StageOptions();
        foreach (string word in words)
        {
            options = word switch
            {
                RootWord => options with { ChangesRoot = true },
                JoinMountWord => options with { JoinsMount = true },
                DetachedWord => options with { IsDetached = true },
                ExecWord => options with { IsExec = true },
                WaitWord => options with { WaitsForStart = true },
                CgroupWord => options with { WaitsForCgroup = true },
                NoPivotWord => options with { NoPivot = true },
                _ when word.StartsWith(PreserveWord, StringComparison.Ordinal) => options with { Preserved = Number(word, PreserveWord) },
                _ when word.StartsWith(ListenWord, StringComparison.Ordinal) => options with { Listening = Number(word, ListenWord) },
                _ when word.StartsWith(KeyringWord, StringComparison.Ordinal) => options with { Keyring = word[KeyringWord.Length..] },
                _ when word.StartsWith(TreeWord, StringComparison.Ordinal) => options with { Trees = [.. options.Trees, Tree(word)] },
                _ => options,
            };
        }
        return options;
    }

    /// <summary>Appends them to the inner stage's arguments.</summary>
    /// <param name="arguments">The arguments.</param>
    public void AppendTo(List<string> arguments)
    {
        Append(ChangesRoot, RootWord);
        Append(JoinsMount, JoinMountWord);
        Append(IsDetached, DetachedWord);
        Append(IsExec, ExecWord);
        Append(WaitsForStart, WaitWord);
        Append(WaitsForCgroup, CgroupWord);
        Append(NoPivot, NoPivotWord);
        Append(Preserved > 0, string.Create(CultureInfo.InvariantCulture, $"{PreserveWord}{Preserved}"));
        Append(Listening > 0, string.Create(CultureInfo.InvariantCulture, $"{ListenWord}{Listening}"));
        Append(Keyring is not null, KeyringWord + Keyring);
        foreach ((int index, int descriptor) in Trees)
            Append(true, string.Create(CultureInfo.InvariantCulture, $"{TreeWord}{index}:{descriptor}"));

        void Append(bool condition, string word)
        {
            if (condition)
                arguments.Add(word);
        }
    }

    private static (int Index, int Descriptor) Tree(string word)
    {
        string[] parts = word[TreeWord.Length..].Split(':');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static int Number(string word, string prefix) => int.Parse(word.AsSpan(prefix.Length), CultureInfo.InvariantCulture);
}
