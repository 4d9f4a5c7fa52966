"""What ways out by HTTP have in common: requests, and how answers are read."""
