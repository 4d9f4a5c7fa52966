"""Ways out that know no password, each in its own protocol: ways.py loads them."""
