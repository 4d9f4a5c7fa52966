"""All that touches hardware, behind one small class that launch.py hands in."""
