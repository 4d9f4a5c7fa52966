"""Wire to Reading. Pure: bytes in, values out; no clock, no files, no sockets."""
