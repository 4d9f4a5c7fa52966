"""A network that has 127.0.0.1 and nothing else: none of the programs tried talks to the world."""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET
_SET_FLAGS, _ADD_ROUTE = 0x8914, 0x890B  # SIOCSIFFLAGS, SIOCADDRT
_UP = 0x1 | 0x40 | 0x1000  # IFF_UP, IFF_RUNNING, IFF_MULTICAST
_ROUTE = "L16s16s16sHhLPhPLLH"  # struct rtentry
_LOWEST_PORT = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def stay_alone() -> bool:
    """Gives this process, and all that it starts, such a network, with multicast and each port.
    Before the first thread. False where the system gives none."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NET if os.geteuid() == 0 else _NEW_USER | _NEW_NET):
        return False
    name = ctypes.create_string_buffer(b"lo")
    route = struct.pack(_ROUTE, 0, _address("224.0.0.0"), _address("0.0.0.0"),
                        _address("240.0.0.0"), 1, 0, 0, 0, 0, ctypes.addressof(name), 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))
        fcntl.ioctl(sock, _ADD_ROUTE, route)
    with contextlib.suppress(OSError):
        _LOWEST_PORT.write_text("0")
    return True


def _address(ip):
    return struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(ip))
