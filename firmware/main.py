"""Runs launch.py. That is compiled, since all names in a text that MicroPython compiles itself
stay in memory: names of arguments and locals, too.
"""

from micropython import kbd_intr

if __name__ == "__main__":
    # Until board/pins.py has parted the two, the meter may be on the console's pin: no byte is
    # Ctrl-C.
    kbd_intr(-1)
    from launch import run

    run()
