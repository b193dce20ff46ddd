"""Runs a command on an odd machine: `odd-machine.py OPTIONS COMMAND…`, as root and below `unshare --mount --net`.

The options are those of `test/_helpers/odd-machine.ts`, as JSON.
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def leave_the_loopback_only() -> None:
    with open("/proc/sys/net/ipv6/conf/all/disable_ipv6", "w") as setting:
        setting.write("1")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def occupy(port: int) -> socket.socket:
    occupied = socket.socket()
    occupied.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    occupied.bind(("127.0.0.1", port))
    occupied.listen()
    return occupied


options = json.loads(sys.argv[1])
small = options.get("smallFolder")
if small is not None:
    mount("-t", "tmpfs", "-o", "noexec,nosuid,size=32m,mode=1777", "strongroom-test", small)
for path, substitute in options.get("replaced", {}).items():
    mount("--bind", substitute, path)
if options.get("loopbackOnly"):
    leave_the_loopback_only()
occupied = [occupy(port) for port in options.get("busyPorts", [])]
identity = options.get("user")
user = {} if identity is None else {"user": identity["uid"], "group": identity["gid"], "extra_groups": []}
code = subprocess.run(sys.argv[2:], **user).returncode
if small is not None:
    print("left in the small folder:", *sorted(os.listdir(small)))
sys.exit(code)
