#!/usr/bin/python3
"""A recording peer for tests: owns org.freedesktop.systemd1 on a private bus and answers as org.freedesktop.systemd1(5) says.

Each call is a line of JSON in the file that is its argument. With a second argument, a list of cgroup mount points, scopes
are really made there, as systemd does: the cgroup /SLICE/UNIT with the processes in it. Names begin with what goes wrong:
exists- (UnitExists), fail- (the job fails), silent- (no JobRemoved), early- (JobRemoved before the answer), other- (a
JobRemoved of another job first), garbage- (an answer of another type).
"""
import json
import os
import sys
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME, INTERFACE, PATH = 'org.freedesktop.systemd1', 'org.freedesktop.systemd1.Manager', '/org/freedesktop/systemd1'
log, mounts = open(sys.argv[1], 'a', buffering=1), sys.argv[2:]
# Without arguments of a type of their own, dbus-python would guess the answer's.
GARBAGE = dbus.Dictionary({'a': dbus.Array([dbus.Byte(255)] * 7, signature='y')}, signature='sv')


class SystemdError(dbus.DBusException):
    def __init__(self, name, message):
        super().__init__(message)
        self._dbus_error_name = NAME + '.' + name


def remove_when_empty(directory):
    """systemd waits, too, until a killed process has left."""
    for _ in range(500):
        try:
            return os.rmdir(directory)
        except FileNotFoundError:
            return None
        except OSError:
            time.sleep(0.01)


def give_controllers(mount, directory):
    """On v2 a unit with Delegate=yes has the controllers."""
    if not os.path.exists(mount + '/cgroup.controllers'):
        return
    for level in [mount] + [directory[:end] for end in range(len(mount) + 1, len(directory)) if directory[end] == '/']:
        with open(level + '/cgroup.controllers') as file:
            wanted = file.read().split()
        with open(level + '/cgroup.subtree_control', 'w') as file:
            file.write(' '.join('+' + name for name in wanted))


class Manager(dbus.service.Object):
    units, subscribers, jobs = {}, set(), 0

    @dbus.service.signal(INTERFACE, signature='uoss')
    def JobRemoved(self, id, job, unit, result):
        pass

    @dbus.service.method(INTERFACE, sender_keyword='sender')
    def Subscribe(self, sender):
        self.record('Subscribe')
        if sender in self.subscribers:
            raise SystemdError('AlreadySubscribed', 'Client is already subscribed.')
        self.subscribers.add(sender)

    @dbus.service.method(INTERFACE, in_signature='ssa(sv)a(sa(sv))', async_callbacks=('answer', 'fail'))
    def StartTransientUnit(self, unit, mode, properties, auxiliary, answer, fail):
        self.record('StartTransientUnit', unit=unit, mode=mode, properties={str(k): v for k, v in properties}, auxiliary=len(auxiliary))
        if unit in self.units or unit.startswith('exists-'):
            return fail(SystemdError('UnitExists', f'Unit {unit} was already loaded or has a fragment file.'))
        if unit.startswith('garbage-'):
            # Straight onto the wire, because the decorator knows no out_signature.
            return answer(GARBAGE)
        values = dict(properties)
        self.units[unit] = [f"{mount}/{values.get('Slice', 'system.slice')}/{unit}" for mount in mounts]
        for directory in self.units[unit]:
            os.makedirs(directory, exist_ok=True)
            give_controllers(next(mount for mount in mounts if directory.startswith(mount + '/')), directory)
            for pid in values['PIDs']:
                with open(directory + '/cgroup.procs', 'w') as file:
                    file.write(str(int(pid)))
        self.finish(unit, answer, 'failed' if unit.startswith('fail-') else 'done')

    @dbus.service.method(INTERFACE, in_signature='ss', async_callbacks=('answer', 'fail'))
    def StopUnit(self, unit, mode, answer, fail):
        self.record('StopUnit', unit=unit, mode=mode)
        if unit not in self.units:
            return fail(SystemdError('NoSuchUnit', f'Unit {unit} not loaded.'))
        for directory in self.units.pop(unit):
            remove_when_empty(directory)
        self.finish(unit, answer, 'done')

    @dbus.service.method(INTERFACE, in_signature='sba(sv)')
    def SetUnitProperties(self, unit, runtime, properties):
        self.record('SetUnitProperties', unit=unit, runtime=bool(runtime), properties={str(k): v for k, v in properties})
        if unit not in self.units:
            raise SystemdError('NoSuchUnit', f'Unit {unit} not loaded.')

    def finish(self, unit, answer, result):
        Manager.jobs += 1
        number, job = dbus.UInt32(self.jobs), dbus.ObjectPath(f'{PATH}/job/{self.jobs}')
        if unit.startswith('other-'):
            self.JobRemoved(dbus.UInt32(99), dbus.ObjectPath(PATH + '/job/99'), unit, 'failed')
        if unit.startswith('early-'):
            self.JobRemoved(number, job, unit, result)
        answer(job)
        if not unit.startswith(('early-', 'silent-')):
            GLib.timeout_add(20, lambda: self.JobRemoved(number, job, unit, result) and False)

    @staticmethod
    def record(member, **values):
        log.write(json.dumps({'member': member, **values}) + '\n')


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(os.environ['DBUS_SYSTEM_BUS_ADDRESS'])
name = dbus.service.BusName(NAME, bus)
manager = Manager(bus, PATH)
print('ready', flush=True)
GLib.MainLoop().run()
