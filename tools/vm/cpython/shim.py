"""`import shim` makes CPython speak the MicroPython dialect that the firmware is written in.

It adds what MicroPython has and CPython lacks, and changes nothing that CPython code relies on:

* `asyncio.sleep_ms`,
* `microhan.net.wait`, which is built on the inside of MicroPython's asyncio,
* `time.ticks_ms`, `ticks_us`, `ticks_diff`, `ticks_add`, `time.sleep_ms`,
* sockets with `read`, `readinto`, `readline`, `write` that give None where they would block,
* `gc.mem_free`, `gc.mem_alloc`, `gc.threshold`: calls that answer, without meaning,
* `sys.print_exception`,
* modules `tls` (see `shim_tls`), `usocket`, `ustruct`, `ubinascii` (umqtt.simple wants them).

Sources: micropython extmod/asyncio, docs/library/{asyncio,time,socket}.rst (1.29).
"""

import asyncio
import binascii
import gc
import socket
import struct
import sys
import time
import traceback
import types

import shim_tls

_TICKS_PERIOD = 1 << 30  # as on the 32-bit ports, so that wrap-around is the same
_TICKS_HALF = _TICKS_PERIOD >> 1


def _ticks_ms():
    return (time.monotonic_ns() // 1_000_000) % _TICKS_PERIOD


def _ticks_us():
    return (time.monotonic_ns() // 1_000) % _TICKS_PERIOD


def _ticks_add(ticks, delta):
    return (ticks + delta) % _TICKS_PERIOD


def _ticks_diff(end, start):
    return ((end - start + _TICKS_HALF) % _TICKS_PERIOD) - _TICKS_HALF


def _read(sock, n=-1):
    """Return up to `n` bytes, b"" at the end, None if it would block."""
    try:
        return sock.recv(n if n >= 0 else 4096)
    except BlockingIOError:
        return None


def _readinto(sock, buf, n=-1):
    """As `_read`, into `buf`; return the count, 0 at the end, None if it would block."""
    try:
        return sock.recv_into(buf, n if n >= 0 else len(buf))
    except BlockingIOError:
        return None


def _write(sock, buf, n=-1):
    """Send what fits now; return the count, None if nothing does."""
    try:
        return sock.send(buf if n < 0 else memoryview(buf)[:n])
    except BlockingIOError:
        return None


async def readable(sock: socket.socket | shim_tls.SSLSocket) -> None:
    """As microhan/net/wait.py."""
    writing = False
    if isinstance(sock, shim_tls.SSLSocket):
        if sock.pending():
            return  # decrypted bytes that the kernel no longer knows of
        writing = sock.direction(writing)
    if sock.fileno() < 0:
        return  # as MicroPython: poll says ready, the read or write that follows says EBADF
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    add, remove = (
        (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    )
    fd = sock.fileno()

    def ready():
        if not future.done():
            future.set_result(None)

    add(fd, ready)
    try:
        await future
    finally:
        remove(fd)


class Bell:
    """As microhan/net/wait.py."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.ring = self._event.set

    async def wait(self, ms: int) -> bool:
        """Wait until it has rung since the last wait, `ms` at most. Returns whether it has."""
        try:
            await asyncio.wait_for(self._event.wait(), ms / 1000)
        except asyncio.TimeoutError:
            pass
        rung = self._event.is_set()
        self._event.clear()
        return rung


def _sleep_ms(ms):
    return asyncio.sleep(max(ms, 0) / 1000)


def _print_exception(error, file=None):
    traceback.print_exception(error, file=file or sys.stdout)


def _install():
    additions = (
        (asyncio, "sleep_ms", _sleep_ms),
        (time, "ticks_ms", _ticks_ms),
        (time, "ticks_us", _ticks_us),
        (time, "ticks_add", _ticks_add),
        (time, "ticks_diff", _ticks_diff),
        (time, "sleep_ms", lambda ms: time.sleep(ms / 1000)),
        (sys, "print_exception", _print_exception),
        (gc, "mem_free", lambda: 0),
        (gc, "mem_alloc", lambda: 0),
    )
    for name, function in (
        ("read", _read),
        ("readinto", _readinto),
        ("readline", shim_tls.readline),
        ("write", _write),
    ):
        # ssl.SSLSocket has a `read` and a `write` of its own and stays as it is.
        if not hasattr(socket.socket, name):
            setattr(socket.socket, name, function)
    for module, name, value in additions:
        if not hasattr(module, name):
            setattr(module, name, value)
    gc.threshold = lambda *amount: -1
    wait = types.ModuleType("microhan.net.wait")
    wait.Bell = Bell
    wait.readable = readable
    for name, module in (
        (wait.__name__, wait),
        ("tls", shim_tls),
        ("usocket", socket),
        ("ustruct", struct),
        ("ubinascii", binascii),
    ):
        sys.modules.setdefault(name, module)


_install()
