"""Between the meter and everyone who wants its readings."""
