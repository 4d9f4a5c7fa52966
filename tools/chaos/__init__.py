"""The firmware among peers that fail in every way, and what it lost: `make chaos`. docs/chaos.md.

`run.py` plays it, `checker.py` judges what was recorded (`record.py`); the others are the peers.
"""
