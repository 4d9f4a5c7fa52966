"""Starts the firmware on CPython: as twin_main.py, with MicroPython's dialect by shim.py."""

import asyncio
import json
import os
import socket
import sys
from typing import Any

import twin_board
import twin_radio
import twin_sockets

import shim  # noqa: F401 - the dialect that these and the firmware are written in


class Board(twin_board.Board):
    """The twin's; its heap says nothing here."""

    _told = True

    def _end(self, status: int) -> None:
        """At once, whatever task we are in."""
        print("twin: reset")
        sys.stdout.flush()
        os._exit(status)


class Socket(socket.socket):
    """A counted socket. Those made of a file number are not: asyncio's own pair."""

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1,
                 fileno: int | None = None) -> None:
        self._counted = False
        if fileno is None:
            twin_sockets.sockets.take()
            self._counted = True
        super().__init__(family, type, proto, fileno)

    def accept(self) -> tuple:
        twin_sockets.sockets.take()
        try:
            peer, address = super().accept()
        except OSError:
            twin_sockets.sockets.used -= 1
            raise
        if socket.is_deaf():  # type: ignore[attr-defined]
            peer.close()
            twin_sockets.sockets.used -= 1
            raise BlockingIOError(11, "deaf")
        peer._counted = True  # type: ignore[attr-defined]
        return peer, address

    def setsockopt(self, level: int, option: int, value: Any) -> None:  # type: ignore[override]
        super().setsockopt(level, option, value)
        if (level, option) == (socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP):
            super().setsockopt(level, socket.IP_MULTICAST_IF, value[4:])  # it stays on this PC

    def _forget(self):
        if self._counted:
            self._counted = False
            twin_sockets.sockets.used -= 1

    def close(self) -> None:
        self._forget()
        super().close()

    def detach(self) -> int:
        self._forget()  # CPython's TLS goes on with the bare number
        return super().detach()


def install() -> None:
    """Put the counting sockets in place of the real ones."""
    socket.socket = Socket  # type: ignore[misc]
    socket.deaf_until = None  # type: ignore[attr-defined]
    socket.is_deaf = lambda: twin_sockets.Sockets.is_deaf(  # type: ignore[attr-defined]
        socket)


if __name__ == "__main__":
    sys.path.pop(0)  # what lies beside this file is not for the firmware
    install()
    from microhan.start import start
    from microhan.web import answers

    answers.HERE = os.environ["MICROHAN_PAGE"]  # where a build would have put it

    arguments = json.loads(os.environ["MICROHAN_TWIN"])
    Board.poll_ms = int(os.environ.get("MICROHAN_POLL") or Board.poll_ms)
    if arguments[-1]:
        arguments[-1] = twin_radio.Radio(*arguments[-1])
    asyncio.run(start(Board(*arguments), "a"))
