"""Stand-in for MicroPython's `micropython` module, so that firmware imports on CPython."""

import builtins

# Types of viper code, which MicroPython's compiler knows by itself.
for _name in ("ptr8", "ptr16", "ptr32"):
    setattr(builtins, _name, lambda buffer: buffer)


def const(value):
    """Return `value`; MicroPython folds it at compile time."""
    return value


def native(function):
    """Identity: CPython has no native emitter."""
    return function


def viper(function):
    """Identity. The caller must not rely on 32-bit wrap-around here."""
    return function


def heap_lock():
    """Do nothing: CPython's heap cannot be locked."""
    return 0


def heap_unlock():
    """Do nothing, as `heap_lock`."""
    return 0


def schedule(function, argument):
    """Run at once; there is no interrupt to come back from."""
    function(argument)


def alloc_emergency_exception_buf(size):
    """Do nothing: CPython needs no spare buffer for exceptions."""


def kbd_intr(char):
    """Do nothing: Ctrl-C belongs to the host's terminal."""
