using System.Runtime.InteropServices;
using NsTools.Interop.Oci;

namespace NsTools.Containers.Isolation;

/// <summary>
/// The system call filter that containers get unless they ask for another: an allow list (<c>seccomp.txt</c>), in which
/// some calls come with a capability, and two are looked at by their arguments.
/// </summary>
internal static class DefaultSeccompFilter
{
    private const string Allow = "SCMP_ACT_ALLOW";
    private const string Refuse = "SCMP_ACT_ERRNO";
    private const uint Eperm = 1;
    private const uint Einval = 22;
    private const uint Enosys = 38;

    // socket(2): an audit socket fails as where the kernel has none, so that login(1) and sshd(8) go on without.
    private const ulong NetlinkFamily = 16;
    private const ulong AuditProtocol = 9;
    private const string AuditCapability = "CAP_AUDIT_WRITE";

    // personality(2): PER_LINUX, PER_LINUX32, UNAME26 with each, and the question.
    private static readonly ulong[] s_personalities = [0, 8, 0x20000, 0x20008, 0xffffffff];

    private static readonly Lazy<IReadOnlyDictionary<string, IReadOnlyList<string>>> s_sections = new(ReadSections);

    /// <summary>The filter.</summary>
    /// <param name="capabilities">What the container's bounding set has.</param>
    public static SeccompSpec For(IReadOnlyCollection<string> capabilities)
    {
        List<SeccompRule> rules = [];
        foreach ((string section, IReadOnlyList<string> names) in s_sections.Value)
        {
            bool isAllowed = section == "allow" || capabilities.Contains(section);
            rules.Add(new SeccompRule { Names = names, Action = isAllowed ? Allow : Refuse, ErrnoRet = isAllowed ? null : Eperm });
        }
        rules.AddRange(s_personalities.Select(persona => Conditional("personality", new SeccompArgument { Index = 0, Value = persona, Op = "SCMP_CMP_EQ" })));
        rules.AddRange(SocketRules(capabilities.Contains(AuditCapability)));
        return new SeccompSpec { DefaultAction = Refuse, DefaultErrnoRet = Enosys, Architectures = Architectures, Syscalls = rules };
    }

    /// <summary>The other calling conventions of the machine's own programs: 32-bit ones run on a 64-bit kernel, too.</summary>
    private static string[] Architectures => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        Architecture.Arm64 => ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
        _ => [],
    };

    private static IEnumerable<SeccompRule> SocketRules(bool mayAudit)
    {
        if (mayAudit)
            return [new SeccompRule { Names = ["socket"], Action = Allow }];
        // Both conditions of a rule must hold, any of several rules is enough.
        SeccompArgument family = new() { Index = 0, Value = NetlinkFamily, Op = "SCMP_CMP_EQ" };
        SeccompArgument protocol = new() { Index = 2, Value = AuditProtocol, Op = "SCMP_CMP_EQ" };
        return
        [
            new SeccompRule { Names = ["socket"], Action = Refuse, ErrnoRet = Einval, Args = [family, protocol] },
            Conditional("socket", family with { Op = "SCMP_CMP_NE" }),
            Conditional("socket", protocol with { Op = "SCMP_CMP_NE" }),
        ];
    }

    private static SeccompRule Conditional(string call, SeccompArgument argument) => new() { Names = [call], Action = Allow, Args = [argument] };

    private static Dictionary<string, IReadOnlyList<string>> ReadSections()
    {
        using Stream stream = typeof(DefaultSeccompFilter).Assembly.GetManifestResourceStream("NsTools.Containers.Isolation.seccomp.txt")!;
        using StreamReader reader = new(stream);
        Dictionary<string, IReadOnlyList<string>> sections = [];
        List<string> names = [];
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] == '[')
                sections[line[1..^1]] = names = [];
            else
                names.AddRange(line.Split(' '));
        }
        return sections;
    }
}
