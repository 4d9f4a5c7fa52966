"""All that touches hardware, behind one small class that main.py hands in."""
