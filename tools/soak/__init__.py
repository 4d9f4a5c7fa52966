"""Months of telegrams through the whole application, its time sped up (make soak).

`vm_clock.c` and `soak_main.py` run inside the VM, all else beside it.
"""
