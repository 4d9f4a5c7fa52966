"""Many dongles at one broker: docs/fleet.md."""
