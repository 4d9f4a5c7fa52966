"""Encrypted telegrams: AES-GCM and its envelope."""
