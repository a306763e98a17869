using Microsoft.Win32.SafeHandles;
using NsTools.Interop.Cgroups.Containers;
using NsTools.Interop.FileSystems;
using NsTools.Interop.Syscalls;
using static Tmds.Linux.LibC;

namespace NsTools.Interop.Oci.State;

/// <summary>
/// One container's directory: <c>state.json</c> (<see cref="ContainerRecord"/>), <c>config.json</c> as it was when the
/// container was created (runtime.md: later changes of the bundle's have no effect), and <c>start</c>, the socket on
/// which its process waits. Until the program is executed the process holds a lock on <c>config.json</c>, so that
/// anybody can ask the kernel whether it has been started.
/// </summary>
/// <param name="directory">The directory.</param>
/// <param name="id">The container's ID.</param>
public sealed class Container(string directory, string id)
{
    // fcntl.h
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;

    private const string StateFile = "state.json";
    private const string ConfigFile = "config.json";
    private const string StartSocket = "start";

    /// <summary>Its ID.</summary>
    public string Id => id;

    /// <summary>Its directory.</summary>
    public string Directory => directory;

    /// <summary>
    /// Writes its record: whole or not at all. Not synchronized with the disk: no container outlives the crash of the
    /// machine after which that would count, and what such a crash leaves torn is told and can be deleted.
    /// </summary>
    public void Write(ContainerRecord record) => AtomicFile.Write(PathOf(StateFile), ContainerRecordJson.Write(record), isSynchronized: false);

    /// <summary>Its record; null when it was never written (its maker has died), or cannot be read.</summary>
    /// <param name="problem">What is wrong with it; null for nothing.</param>
    public ContainerRecord? TryRead(out string? problem)
    {
        try
        {
            problem = null;
            return ContainerRecordJson.Read(HostFile.ReadAll(PathOf(StateFile)));
        }
        catch (SyscallException missing) when (missing.Number == ENOENT)
        {
            problem = "it was never completely created";
        }
        catch (Exception exception) when (exception is RuntimeSpecException or SyscallException)
        {
            problem = $"its {StateFile} is damaged: {exception.Message.TrimEnd('.')}";
        }
        return null;
    }

    /// <summary>Its record.</summary>
    /// <exception cref="ContainerException">There is none, or it cannot be read.</exception>
    public ContainerRecord Read() =>
        TryRead(out string? problem) ?? throw new ContainerException($"container '{id}' is unusable, {problem}; 'nsrun delete --force {id}' removes it");

    /// <summary>Keeps the config.</summary>
    /// <param name="json">The bundle's <c>config.json</c>.</param>
    /// <returns>A descriptor to read it from, locked until the last copy of it is closed.</returns>
    public SafeFileHandle KeepConfig(ReadOnlySpan<byte> json)
    {
        AtomicFile.Write(PathOf(ConfigFile), json, isSynchronized: false);
        SafeFileHandle file = Descriptor.Open(PathOf(ConfigFile), O_RDONLY);
        if ((int)syscall(SyscallNumber.Flock, Descriptor.Number(file), LockExclusive | LockNonBlocking) != 0)
            throw SyscallException.FromLastError("flock", PathOf(ConfigFile));
        return file;
    }

    /// <summary>The config that it was created with.</summary>
    /// <exception cref="ContainerException">It is not there.</exception>
    /// <exception cref="RuntimeSpecException">It is damaged.</exception>
    public RuntimeSpec ReadConfig() => RuntimeSpecJson.Deserialize(ReadConfigJson());

    /// <summary>The same, as JSON.</summary>
    /// <exception cref="ContainerException">It is not there.</exception>
    public byte[] ReadConfigJson()
    {
        try
        {
            return HostFile.ReadAll(PathOf(ConfigFile));
        }
        catch (SyscallException exception)
        {
            throw new ContainerException($"container '{id}' is unusable: {exception.Message}");
        }
    }

    /// <summary>Makes the socket on which the process waits for <c>start</c>.</summary>
    /// <param name="directoryHandle">The directory, open: a socket's path must be short.</param>
    public static SafeFileHandle ListenForStart(SafeFileHandle directoryHandle) =>
        UnixAddress.Listen($"/proc/self/fd/{Descriptor.Number(directoryHandle)}/{StartSocket}", SOCK_STREAM);

    /// <summary>Connects to the process that waits.</summary>
    /// <param name="directoryHandle">The directory, open.</param>
    /// <exception cref="SyscallException">It waits no longer.</exception>
    public static SafeFileHandle ConnectToStart(SafeFileHandle directoryHandle) =>
        UnixAddress.Connect($"/proc/self/fd/{Descriptor.Number(directoryHandle)}/{StartSocket}", SOCK_STREAM);

    /// <summary>What the kernel says of it.</summary>
    /// <param name="record">Its record; null for none.</param>
    public ContainerStatus Status(ContainerRecord? record)
    {
        if (record?.Process is not { } process)
            return IsBeingMade() ? ContainerStatus.Creating : ContainerStatus.Stopped;
        if (!process.IsAlive)
            return ContainerStatus.Stopped;
        if (IsWaiting())
            return ContainerStatus.Created;
        return IsFrozen(record.Cgroup) ? ContainerStatus.Paused : ContainerStatus.Running;
    }

    /// <summary>Removes its directory; what is not there any more is no failure.</summary>
    public void RemoveFiles()
    {
        const int Attempts = 50;
        for (int attempt = 1; System.IO.Directory.Exists(directory); attempt++)
        {
            try
            {
                System.IO.Directory.Delete(directory, recursive: true);
            }
            catch (DirectoryNotFoundException)
            {
                return; // Somebody else was quicker.
            }
            catch (IOException) when (attempt < Attempts)
            {
                // Its supervisor has just written down how it has ended.
                Thread.Sleep(1);
            }
        }
    }

    /// <summary>Path of one of its files.</summary>
    public string PathOf(string file) => $"{directory}/{file}";

    private bool IsBeingMade()
    {
        try
        {
            using SafeFileHandle? ours = DirectoryLock.TryAcquire(directory);
            return ours is null;
        }
        catch (SyscallException)
        {
            return false;
        }
    }

    private bool IsWaiting()
    {
        SafeFileHandle file;
        try
        {
            file = Descriptor.Open(PathOf(ConfigFile), O_RDONLY);
        }
        catch (SyscallException)
        {
            return false;
        }
        using (file)
        {
            // Shared: two who ask at once must not take each other for the process.
            const int LockShared = 1;
            return (int)syscall(SyscallNumber.Flock, Descriptor.Number(file), LockShared | LockNonBlocking) != 0 && errno == EAGAIN;
        }
    }

    private static bool IsFrozen(CgroupRecord? record)
    {
        if (record is null || record.Directories.Count == 0)
            return false;
        using ContainerCgroup cgroup = ContainerCgroup.Open(record);
        return ContainerProcesses.IsFrozen(cgroup);
    }
}
