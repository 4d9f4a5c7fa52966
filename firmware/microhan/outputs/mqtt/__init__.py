"""Readings to an MQTT broker."""
