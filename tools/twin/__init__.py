"""The twin: the firmware on a PC's MicroPython, against a simulated meter. See docs/twin.md.

`twin_main.py`, `twin_board.py` and `twin_sockets.py` run inside the VM, compiled with the firmware
(tools/build), all else on the PC's Python.
"""
