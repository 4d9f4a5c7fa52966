"""DLMS/COSEM: frames of HDLC and M-Bus, and the lists that they carry."""
