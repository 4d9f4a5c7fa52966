"""`import shim` makes CPython speak the MicroPython dialect that the firmware is written in.

It adds what MicroPython has and CPython lacks, and changes nothing that CPython code relies on:

* `asyncio.sleep_ms`, `asyncio.wait_for_ms`, `asyncio.ThreadSafeFlag`,
* `asyncio.stream.Stream(sock)`: MicroPython's stream over a non-blocking socket, plain or TLS
  (also as `asyncio.Stream`, which MicroPython does *not* have),
* `time.ticks_ms`, `ticks_us`, `ticks_diff`, `ticks_add`, `time.sleep_ms`,
* sockets with `read`, `readinto`, `readline`, `write` that give None where they would block,
* `gc.mem_free`, `gc.mem_alloc`, `gc.threshold`: calls that answer, without meaning,
* `sys.print_exception`,
* modules `tls` (see `shim_tls`), `usocket`, `ustruct`, `ubinascii` (umqtt.simple wants them).

Sources: micropython extmod/asyncio/stream.py, docs/library/{asyncio,time,socket}.rst (1.29).
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


async def _ready(sock, writing):
    """Wait until `sock` can be read (or written)."""
    if isinstance(sock, shim_tls.SSLSocket):
        if not writing and sock.pending():
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
    add(fd, lambda: future.done() or future.set_result(None))
    try:
        await future
    finally:
        remove(fd)


class Stream:
    """MicroPython's asyncio.Stream over a non-blocking socket."""

    def __init__(self, s, e=None):
        self.s = s
        self.e = e or {}
        self.out_buf = b""

    def get_extra_info(self, name):
        """Return what the maker of the stream gave under `name`, as "peername"."""
        return self.e[name]

    def close(self):
        """Do nothing, as MicroPython: `wait_closed` closes."""

    async def wait_closed(self):
        """Close the socket."""
        self.s.close()

    async def read(self, n=-1):
        """Return up to `n` bytes, b"" at the end; with n < 0 all until the end."""
        data = b""
        while True:
            await _ready(self.s, False)
            part = self.s.read(n)
            if part is not None:
                if n >= 0:
                    return part
                if not part:
                    return data
                data += part

    async def readinto(self, buf):
        """Read once into `buf`; return the count, 0 at the end, None if TLS had no data yet."""
        await _ready(self.s, False)
        return self.s.readinto(buf)

    async def readexactly(self, n):
        """Return `n` bytes; EOFError if the peer ended before."""
        data = b""
        while n:
            await _ready(self.s, False)
            part = self.s.read(n)
            if part is not None:
                if not part:
                    raise EOFError
                data += part
                n -= len(part)
        return data

    async def readline(self):
        """Return a line with its line feed, or what came before the end."""
        line = b""
        while True:
            await _ready(self.s, False)
            part = self.s.readline()
            if part is None:
                continue
            line += part
            if not part or line[-1] == 10:
                return line

    def write(self, buf):
        """Send what fits now, keep the rest for `drain`."""
        if not self.out_buf:
            count = self.s.write(buf)
            if count == len(buf):
                return
            if count is not None:
                buf = buf[count:]
        self.out_buf += bytes(buf)

    async def drain(self):
        """Send what `write` kept."""
        if not self.out_buf:
            await asyncio.sleep(0)
            return
        data, self.out_buf = self.out_buf, b""
        while data:
            await _ready(self.s, True)
            count = self.s.write(data)
            if count is not None:
                data = data[count:]


class ThreadSafeFlag:
    """An Event that clears itself; here without the thread safety."""

    def __init__(self):
        self._event = asyncio.Event()

    def set(self):
        self._event.set()

    def clear(self):
        self._event.clear()

    async def wait(self):
        await self._event.wait()
        self._event.clear()


def _sleep_ms(ms):
    return asyncio.sleep(max(ms, 0) / 1000)


def _wait_for_ms(awaitable, ms):
    return asyncio.wait_for(awaitable, max(ms, 0) / 1000)


def _print_exception(error, file=None):
    traceback.print_exception(error, file=file or sys.stdout)


def _install():
    additions = (
        (asyncio, "Stream", Stream),
        (asyncio, "ThreadSafeFlag", ThreadSafeFlag),
        (asyncio, "sleep_ms", _sleep_ms),
        (asyncio, "wait_for_ms", _wait_for_ms),
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
    stream = types.ModuleType("asyncio.stream")
    stream.Stream = Stream
    for name, module in (
        ("asyncio.stream", stream),
        ("tls", shim_tls),
        ("usocket", socket),
        ("ustruct", struct),
        ("ubinascii", binascii),
    ):
        sys.modules.setdefault(name, module)


_install()
