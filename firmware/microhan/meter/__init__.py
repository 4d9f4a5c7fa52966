"""The UART side: the meter's line, its settings, and what is wrong with it."""
