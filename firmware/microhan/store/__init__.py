"""What is on flash. Power can go at any byte (law 9)."""
