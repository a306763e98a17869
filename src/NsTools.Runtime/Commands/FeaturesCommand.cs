using System.Text.Json;
using NsTools.Interop.Mounts;
using NsTools.Interop.Oci;
using NsTools.Interop.Seccomp;
using NsTools.Interop.Syscalls;
using NsTools.Runtime.Commands.Options;

namespace NsTools.Runtime.Commands;

/// <summary><c>nsrun features</c> (features.md, features-linux.md): what this build can do, not what this kernel lets it.</summary>
internal static class FeaturesCommand
{
    private static readonly string[] s_hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    // config.md, "Linux mount options".
    private static readonly string[] s_attributes =
    [
        "atime", "dev", "diratime", "exec", "noatime", "nodev", "nodiratime", "noexec", "norelatime", "nostrictatime", "nosuid", "nosymfollow",
        "relatime", "ro", "rw", "strictatime", "suid", "symfollow",
    ];

    private static readonly string[] s_options =
    [
        "async", "bind", "copy-symlink", "defaults", "dest-nofollow", "dirsync", "idmap", "lazytime", "mand", "nolazytime", "nomand", "private", "rbind",
        "remount", "ridmap", "rprivate", "rshared", "rslave", "runbindable", "shared", "silent", "slave", "src-nofollow", "sync", "tmpcopyup", "unbindable",
    ];

    public static Command Command => new(
        new CommandSyntax("features", "", "Prints as JSON what nsrun can do.") { Maximum = 0 },
        static (_, _) =>
        {
            StandardStream.WriteJson(JsonText.Write(isIndented: true, 0, static (writer, _) => Write(writer)));
            return 0;
        });

    private static void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("ociVersionMin"u8, "1.0.0");
        writer.WriteString("ociVersionMax"u8, "1.2.0");
        JsonText.WriteList(writer, "hooks"u8, s_hooks);
        JsonText.WriteList(writer, "mountOptions"u8, MountOptionNames());
        writer.WriteStartObject("linux"u8);
        JsonText.WriteList(writer, "namespaces"u8, NamespaceKinds.Names.Order(StringComparer.Ordinal));
        JsonText.WriteList(writer, "capabilities"u8, CapabilityName.All);
        writer.WriteStartObject("cgroup"u8);
        writer.WriteBoolean("v1"u8, true);
        writer.WriteBoolean("v2"u8, true);
        writer.WriteBoolean("systemd"u8, true);
        writer.WriteBoolean("systemdUser"u8, true);
        writer.WriteBoolean("rdma"u8, true);
        writer.WriteEndObject();
        writer.WriteStartObject("seccomp"u8);
        writer.WriteBoolean("enabled"u8, true);
        JsonText.WriteList(writer, "actions"u8, SeccompName.Actions);
        JsonText.WriteList(writer, "operators"u8, SeccompName.Comparisons);
        JsonText.WriteList(writer, "archs"u8, SeccompName.Architectures);
        JsonText.WriteList(writer, "knownFlags"u8, SeccompName.Flags);
        JsonText.WriteList(writer, "supportedFlags"u8, SeccompName.Flags);
        writer.WriteEndObject();
        WriteEnabled(writer, "apparmor"u8, true);
        WriteEnabled(writer, "selinux"u8, true);
        WriteEnabled(writer, "intelRdt"u8, false);
        writer.WriteStartObject("mountExtensions"u8);
        WriteEnabled(writer, "idmap"u8, true);
        writer.WriteEndObject();
        WriteEnabled(writer, "netDevices"u8, true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // Asked of the table that mounts are made by, so that the list says nothing that is not so.
    private static IEnumerable<string> MountOptionNames() => s_attributes
        .SelectMany(name => new[] { name, $"r{name}" })
        .Where(name => MountOptionTable.FindAttribute(name) is not null)
        .Concat(s_options)
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static void WriteEnabled(Utf8JsonWriter writer, ReadOnlySpan<byte> name, bool isEnabled)
    {
        writer.WriteStartObject(name);
        writer.WriteBoolean("enabled"u8, isEnabled);
        writer.WriteEndObject();
    }
}
