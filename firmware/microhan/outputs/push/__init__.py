"""Readings to a server of the owner's choice, by HTTP."""
