"""Makes a release from one clean commit, the same bytes wherever and whenever: make release."""
