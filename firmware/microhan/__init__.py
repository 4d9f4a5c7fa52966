"""microhan: a local reader of an electricity meter's HAN port, for ESP32."""

VERSION = "0.1.0"
BUILD = "source"  # its id, written here by tools/build; a traceback is read with it
