"""Child processes that never outlive their parent."""

import ctypes
import os
import signal
import subprocess
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _tied(parent):
    # Ctrl-C goes to us alone, and we end the children in order; if we are killed, they go too.
    os.setsid()
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def spawn(command: list[str], **kwargs: Any) -> subprocess.Popen:
    """subprocess.Popen of a child in a session of its own that ends when we end."""
    parent = os.getpid()
    return subprocess.Popen(command, preexec_fn=lambda: _tied(parent), **kwargs)


def end(process: subprocess.Popen, patience: float = 3) -> None:
    """End a child: ask, then force. Harmless when it has ended already."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
