"""A call to an address of the owner's choice: each Reading, now and then, or on a condition."""
