using System.Text.Json.Nodes;

namespace NsTools.Tests.Oci;

/// <summary>A config that has every member that the specification has for Linux, each with a value that is right.</summary>
internal static class WholeConfig
{
    public static JsonObject Make() => (JsonObject)JsonNode.Parse(Text)!;

    private const string Text =
        """
        {
          "ociVersion": "1.2.1",
          "process": {
            "args": ["/bin/agent", "--quiet"],
            "env": ["PATH=/bin", "LANG=C.UTF-8"],
            "cwd": "/srv",
            "user": { "uid": 11, "gid": 12, "umask": 63, "additionalGids": [13, 14] },
            "terminal": true,
            "consoleSize": { "height": 33, "width": 99 },
            "noNewPrivileges": true,
            "capabilities": {
              "bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN"], "inheritable": ["CAP_KILL"],
              "permitted": ["CAP_CHOWN", "CAP_KILL"], "ambient": ["CAP_KILL"]
            },
            "rlimits": [{ "type": "RLIMIT_CORE", "soft": 0, "hard": 18446744073709551615 }, { "type": "RLIMIT_NICE", "soft": 1, "hard": 2 }],
            "apparmorProfile": "a-profile",
            "selinuxLabel": "a:label:t:s0",
            "oomScoreAdj": -500,
            "scheduler": {
              "policy": "SCHED_DEADLINE", "nice": 0, "priority": 0, "flags": ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM"],
              "runtime": 1000000, "deadline": 2000000, "period": 3000000
            },
            "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 6 },
            "execCPUAffinity": { "initial": "1", "final": "0-1,3" }
          },
          "root": { "path": "files", "readonly": true },
          "hostname": "machine",
          "domainname": "yp",
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            {
              "destination": "/data", "type": "bind", "source": "/srv/data", "options": ["rbind", "ro", "idmap"],
              "uidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }],
              "gidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }]
            }
          ],
          "hooks": {
            "prestart": [{ "path": "/opt/h1", "args": ["h1", "x"], "env": ["A=1"], "timeout": 3 }],
            "createRuntime": [{ "path": "/opt/h2" }],
            "createContainer": [{ "path": "/opt/h3" }],
            "startContainer": [{ "path": "/opt/h4" }],
            "poststart": [{ "path": "/opt/h5" }],
            "poststop": [{ "path": "/opt/h6", "timeout": 1 }]
          },
          "annotations": { "org.example.key": "a value" },
          "linux": {
            "namespaces": [
              { "type": "pid" }, { "type": "mount" }, { "type": "uts" }, { "type": "ipc" }, { "type": "user" }, { "type": "cgroup" },
              { "type": "time" }, { "type": "network", "path": "/run/netns/blue" }
            ],
            "uidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }],
            "gidMappings": [{ "containerID": 0, "hostID": 200000, "size": 65536 }],
            "timeOffsets": { "monotonic": { "secs": -5, "nanosecs": 6 }, "boottime": { "secs": 7, "nanosecs": 8 } },
            "devices": [
              { "type": "c", "path": "/dev/thing", "major": 10, "minor": 200, "fileMode": 438, "uid": 1, "gid": 2 },
              { "type": "p", "path": "/dev/pipe" }
            ],
            "netDevices": { "eth7": { "name": "net0" }, "eth8": { } },
            "cgroupsPath": "/engine/box",
            "resources": {
              "devices": [{ "allow": false, "access": "rwm" }, { "allow": true, "type": "c", "major": 1, "minor": -1, "access": "r" }],
              "memory": {
                "limit": 4194304, "reservation": 2097152, "swap": 8388608, "kernel": -1, "kernelTCP": -1, "swappiness": 60,
                "disableOOMKiller": true, "useHierarchy": true, "checkBeforeUpdate": false
              },
              "cpu": {
                "shares": 512, "quota": -1, "burst": 100, "period": 100000, "realtimeRuntime": 0, "realtimePeriod": 1000000,
                "cpus": "0-1", "mems": "0", "idle": 1
              },
              "pids": { "limit": 64 },
              "blockIO": {
                "weight": 100, "leafWeight": 101,
                "weightDevice": [{ "major": 8, "minor": 1, "weight": 102, "leafWeight": 103 }],
                "throttleReadBpsDevice": [{ "major": 8, "minor": 2, "rate": 104 }],
                "throttleWriteBpsDevice": [{ "major": 8, "minor": 3, "rate": 105 }],
                "throttleReadIOPSDevice": [{ "major": 8, "minor": 4, "rate": 106 }],
                "throttleWriteIOPSDevice": [{ "major": 8, "minor": 5, "rate": 107 }]
              },
              "hugepageLimits": [{ "pageSize": "2MB", "limit": 4194304 }],
              "network": { "classID": 65537, "priorities": [{ "name": "lo", "priority": 3 }] },
              "rdma": { "card0": { "hcaHandles": 1, "hcaObjects": 2 } },
              "unified": { "memory.high": "3145728" }
            },
            "intelRdt": {
              "closID": "gold", "schemata": ["L3:0=f"], "l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=50", "enableMonitoring": true
            },
            "sysctl": { "net.ipv4.ip_forward": "1" },
            "seccomp": {
              "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
              "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/agent.sock", "listenerMetadata": "words",
              "syscalls": [
                { "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" },
                {
                  "names": ["read", "write"], "action": "SCMP_ACT_TRACE", "errnoRet": 9,
                  "args": [{ "index": 5, "value": 18446744073709551615, "valueTwo": 7, "op": "SCMP_CMP_MASKED_EQ" }]
                }
              ]
            },
            "rootfsPropagation": "rslave",
            "maskedPaths": ["/proc/kcore"],
            "readonlyPaths": ["/proc/sys"],
            "mountLabel": "a:label:t:s0",
            "memoryPolicy": { "mode": "MPOL_INTERLEAVE", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"] },
            "personality": { "domain": "LINUX32" }
          }
        }
        """;
}
