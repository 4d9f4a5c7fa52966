"""Cuts the power of what is on flash at any write, and looks what is left (make powercut)."""
