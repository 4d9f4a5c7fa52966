"""Modbus TCP: the newest values as an Eastron SDM630 has them, to be read only."""
