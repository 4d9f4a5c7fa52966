"""What bench.py measures, part by part. The files vm_*.py run inside a MicroPython."""
