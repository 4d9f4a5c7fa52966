"""What keeps the device alive: supervisor, log."""
