"""A module for each way out: its own client, and what that must find of a Reading (walk.py)."""
