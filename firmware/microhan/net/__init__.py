"""Wi-Fi, names, the clock, TLS, and connections that never block."""
