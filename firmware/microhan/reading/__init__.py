"""What one telegram said: its fields, the Reading, times and decimals as text."""
