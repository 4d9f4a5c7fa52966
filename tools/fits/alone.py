"""A network that has 127.0.0.1 and nothing else: none of the programs tried talks to the world."""

import ctypes
import fcntl
import os
import socket
import struct

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET
_SET_FLAGS = 0x8914  # SIOCSIFFLAGS
_UP = 0x1 | 0x40  # IFF_UP, IFF_RUNNING


def stay_alone() -> bool:
    """Gives this process, and all that it starts, such a network. Before the first thread. False
    where the system gives none."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NET if os.geteuid() == 0 else _NEW_USER | _NEW_NET):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))
    return True
