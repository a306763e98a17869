using System.Diagnostics;
using System.Text.Json;
using NsTools.Interop.Cgroups.Systemd;
using Xunit;

namespace NsTools.Tests.Cgroups.Systemd;

/// <summary>systemd's documented interface (org.freedesktop.systemd1(5)) through a real dbus-daemon, played by a recording peer.</summary>
public sealed class SystemdManagerTests
{
    [BusFact]
    public void A_scope_is_asked_for_as_the_interface_says()
    {
        On(bus =>
        {
            using SystemdManager manager = SystemdManager.Connect(ofUser: false);
            manager.StartScope("one.scope", "machine.slice", [4242, 4243], "a test's", [UnitProperty.Of("MemoryMax", 1UL << 33), UnitProperty.Of("TasksMax", ulong.MaxValue)]);
            Assert.Equal(["Subscribe", "StartTransientUnit"], bus.Calls.Select(Member));
            JsonElement call = bus.Calls[1];
            Assert.Equal("one.scope", call.GetProperty("unit").GetString());
            Assert.Equal("fail", call.GetProperty("mode").GetString());
            Assert.Equal(0, call.GetProperty("auxiliary").GetInt32());
            Assert.Equal(
                """{"Description": "a test's", "Slice": "machine.slice", "PIDs": [4242, 4243], "Delegate": 1, "DefaultDependencies": 0, "CollectMode": "inactive-or-failed", "MemoryMax": 8589934592, "TasksMax": 18446744073709551615}""",
                call.GetProperty("properties").GetRawText().Replace("true", "1").Replace("false", "0"));
        });
    }

    [BusFact]
    public void It_is_stopped_and_may_be_gone_already()
    {
        On(bus =>
        {
            using SystemdManager manager = SystemdManager.Connect(ofUser: false);
            manager.StartScope("two.scope", null, [1], "x", []);
            Assert.False(bus.Calls[^1].GetProperty("properties").TryGetProperty("Slice", out _));
            manager.SetProperties("two.scope", [UnitProperty.Of("CPUWeight", 50)]);
            manager.StopUnit("two.scope");
            manager.StopUnit("two.scope");
            // One connection subscribes once: a second time is an error of systemd's.
            Assert.Equal(["Subscribe", "StartTransientUnit", "SetUnitProperties", "StopUnit", "StopUnit"], bus.Calls.Select(Member));
        });
    }

    [BusFact]
    public void The_end_of_the_job_is_waited_for_whenever_it_comes()
    {
        On(bus =>
        {
            using SystemdManager manager = SystemdManager.Connect(ofUser: false, TimeSpan.FromSeconds(5));
            manager.StartScope("early-1.scope", null, [1], "x", []);
            manager.StartScope("other-1.scope", null, [1], "x", []);
            DBusException failed = Assert.Throws<DBusException>(() => manager.StartScope("fail-1.scope", null, [1], "x", []));
            Assert.Equal("org.freedesktop.systemd1.JobFailed", failed.Name);
            Assert.Contains("'failed'", failed.Message, StringComparison.Ordinal);
            Assert.Equal(6, bus.Calls.Length + 2);
        });
    }

    [BusFact]
    public void A_refusal_and_a_silence_are_errors_with_names()
    {
        On(bus =>
        {
            using SystemdManager manager = SystemdManager.Connect(ofUser: false, TimeSpan.FromMilliseconds(600));
            Assert.Equal("org.freedesktop.systemd1.UnitExists", Assert.Throws<DBusException>(() => manager.StartScope("exists-1.scope", null, [1], "x", [])).Name);
            Assert.Equal(DBusException.InconsistentMessage, Assert.Throws<DBusException>(() => manager.StartScope("garbage-1.scope", null, [1], "x", [])).Name);
            Stopwatch watch = Stopwatch.StartNew();
            Assert.Equal(DBusException.NoReply, Assert.Throws<DBusException>(() => manager.StartScope("silent-1.scope", null, [1], "x", [])).Name);
            Assert.InRange(watch.ElapsedMilliseconds, 500, 5000);
        });
    }

    [BusFact]
    public void No_manager_on_the_bus_and_no_bus_are_errors_with_names()
    {
        string? before = Environment.GetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS");
        try
        {
            Environment.SetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus");
            Assert.Equal(DBusException.NoServer, Assert.Throws<DBusException>(() => SystemdManager.Connect(ofUser: false)).Name);
            Environment.SetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS", "tcp:host=localhost,port=1");
            Assert.Equal(DBusException.NoServer, Assert.Throws<DBusException>(() => SystemdManager.Connect(ofUser: false)).Name);
        }
        finally
        {
            Environment.SetEnvironmentVariable("DBUS_SYSTEM_BUS_ADDRESS", before);
        }
    }

    private static string? Member(JsonElement call) => call.GetProperty("member").GetString();

    private static void On(Action<PrivateBus> test) => PrivateBus.Use(test);
}
