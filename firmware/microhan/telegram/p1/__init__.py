"""P1: telegrams of text (IEC 62056-21 mode D, DSMR), read and written."""
