"""Ways out that know no password, each in its own protocol: web/routes.py loads them."""
