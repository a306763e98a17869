namespace NsTools.Interop.Cgroups.Systemd;

/// <summary>
/// systemd's manager over D-Bus (org.freedesktop.systemd1(5)): scopes, the units of processes that somebody else has started,
/// made with <c>Delegate=yes</c>, so that what is beneath them is ours (systemd's CGROUP_DELEGATION.md).
/// </summary>
public sealed class SystemdManager : IDisposable
{
    private const string Service = "org.freedesktop.systemd1";
    private const string Object = "/org/freedesktop/systemd1";
    private const string Interface = "org.freedesktop.systemd1.Manager";
    private const string SystemBus = "unix:path=/run/dbus/system_bus_socket";

    private readonly DBusConnection _bus;
    private readonly TimeSpan _timeout;
    private bool _isSubscribed;

    private SystemdManager(DBusConnection bus, TimeSpan timeout)
    {
        _bus = bus;
        _timeout = timeout;
    }

    /// <summary>True when systemd is this machine's init system (<c>sd_booted(3)</c>: <c>/run/systemd/system</c> is there).</summary>
    /// <remarks>Looked for once: a machine has one init system as long as it runs, and every cgroup that is made or removed asks.</remarks>
    public static bool IsBooted { get; } = Directory.Exists("/run/systemd/system");

    /// <summary>Connects to the manager of the system, or of the user.</summary>
    /// <param name="ofUser">
    /// The manager of the calling user (<c>DBUS_SESSION_BUS_ADDRESS</c>, <c>$XDG_RUNTIME_DIR/bus</c>) instead of the system's
    /// (<c>DBUS_SYSTEM_BUS_ADDRESS</c>, <c>/run/dbus/system_bus_socket</c>).
    /// </param>
    /// <param name="timeout">How long each step may take; null for 25 s, D-Bus's usual.</param>
    /// <exception cref="DBusException">There is no bus, or it does not accept us.</exception>
    public static SystemdManager Connect(bool ofUser, TimeSpan? timeout = null)
    {
        string? address = ofUser
            ? Environment.GetEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS")
                ?? (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } directory ? $"unix:path={directory}/bus" : null)
            : Environment.GetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS") ?? SystemBus;
        if (string.IsNullOrEmpty(address))
            throw new DBusException(DBusException.NoServer, "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR tells where the user's bus is");
        TimeSpan limit = timeout ?? TimeSpan.FromSeconds(25);
        return new SystemdManager(DBusConnection.Open(address, Deadline(limit)), limit);
    }

    /// <summary>Makes a scope of running processes, and waits until systemd has done it.</summary>
    /// <param name="unit">Its name: <c>workshop.scope</c>.</param>
    /// <param name="slice">The slice that it is in; null for systemd's choice.</param>
    /// <param name="processes">The processes that it begins with, at least one: systemd removes an empty scope.</param>
    /// <param name="description">What people see in <c>systemctl</c>.</param>
    /// <param name="properties">More properties, such as limits.</param>
    /// <exception cref="DBusException">
    /// systemd refused it (<c>org.freedesktop.systemd1.UnitExists</c>, <c>org.freedesktop.DBus.Error.AccessDenied</c>), failed
    /// (<c>org.freedesktop.systemd1.JobFailed</c>), or did not answer.
    /// </exception>
    public void StartScope(string unit, string? slice, IReadOnlyList<int> processes, string description, IReadOnlyList<UnitProperty> properties)
    {
        long deadline = Deadline(_timeout);
        Subscribe(deadline);
        DBusMessage answer = Call("StartTransientUnit", "ssa(sv)a(sa(sv))", body =>
        {
            body.String(unit);
            body.String("fail");
            body.Array(8, () =>
            {
                UnitProperty.Of("Description", description).WriteTo(body);
                if (slice is not null)
                    UnitProperty.Of("Slice", slice).WriteTo(body);
                UnitProperty.Of("PIDs", processes).WriteTo(body);
                UnitProperty.Of("Delegate", true).WriteTo(body);
                // Not to be stopped, and waited for, before others at shutdown; and nothing stays when it has failed.
                UnitProperty.Of("DefaultDependencies", false).WriteTo(body);
                UnitProperty.Of("CollectMode", "inactive-or-failed").WriteTo(body);
                foreach (UnitProperty property in properties)
                    property.WriteTo(body);
            });
            body.Array(8, () => { });
        }, deadline);
        WaitForJob(answer, unit, deadline);
    }

    /// <summary>Stops a unit, which kills what is left in it, and waits until it is done; one that is gone already is no failure.</summary>
    /// <param name="unit">Its name.</param>
    /// <exception cref="DBusException">systemd refused it, or did not answer.</exception>
    public void StopUnit(string unit)
    {
        long deadline = Deadline(_timeout);
        Subscribe(deadline);
        try
        {
            DBusMessage answer = Call("StopUnit", "ss", body =>
            {
                body.String(unit);
                body.String("replace");
            }, deadline);
            WaitForJob(answer, unit, deadline);
        }
        catch (DBusException gone) when (gone.Name == Service + ".NoSuchUnit")
        {
            // A scope goes by itself when its last process does.
        }
    }

    /// <summary>Changes properties of a running unit, until it stops.</summary>
    /// <param name="unit">Its name.</param>
    /// <param name="properties">The properties.</param>
    /// <exception cref="DBusException">systemd refused it, or did not answer.</exception>
    public void SetProperties(string unit, IReadOnlyList<UnitProperty> properties) => Call("SetUnitProperties", "sba(sv)", body =>
    {
        body.String(unit);
        body.Boolean(true);
        body.Array(8, () =>
        {
            foreach (UnitProperty property in properties)
                property.WriteTo(body);
        });
    }, Deadline(_timeout));

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    private static long Deadline(TimeSpan timeout) => Environment.TickCount64 + (long)timeout.TotalMilliseconds;

    // Before a call that begins a job: it may be done before the call's answer is read. systemd sends signals only to who has asked for them.
    private void Subscribe(long deadline)
    {
        if (_isSubscribed)
            return;
        _bus.AddMatch($"type='signal',sender='{Service}',path='{Object}',interface='{Interface}',member='JobRemoved'", deadline);
        _ = Call("Subscribe", "", _ => { }, deadline);
        _isSubscribed = true;
    }

    private DBusMessage Call(string member, string signature, Action<DBusWriter> write, long deadline)
    {
        DBusWriter body = new();
        write(body);
        return _bus.Call(new DBusMessage
        {
            Type = DBusMessageType.MethodCall,
            Destination = Service,
            Path = Object,
            Interface = Interface,
            Member = member,
            Signature = signature,
            Body = body.Written.ToArray(),
        }, deadline);
    }

    // JobRemoved(u id, o job, s unit, s result). Any client of the bus may send us a signal of that name: only that of who
    // has answered counts.
    private void WaitForJob(DBusMessage answer, string unit, long deadline)
    {
        if (answer.Signature != "o")
            throw new DBusException(DBusException.InconsistentMessage, $"the answer has the values '{answer.Signature}' instead of a job");
        string job = answer.Read().String();
        string result = "";
        _ = _bus.WaitForSignal(signal => signal.Member == "JobRemoved" && signal.Interface == Interface && signal.Sender == answer.Sender && Is(signal, job, out result), $"{unit}: {job}", deadline);
        if (result != "done")
            throw new DBusException(Service + ".JobFailed", $"the job for {unit} ended with '{result}'; systemctl status {unit} and the journal say why");
    }

    private static bool Is(DBusMessage signal, string job, out string result)
    {
        result = "";
        if (signal.Signature != "uoss")
            return false;
        DBusReader reader = signal.Read();
        _ = reader.UInt32();
        if (reader.String() != job)
            return false;
        _ = reader.String();
        result = reader.String();
        return true;
    }
}
