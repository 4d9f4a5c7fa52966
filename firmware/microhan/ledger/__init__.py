"""The meter's registers at each quarter, hour and day, and what follows from them."""
