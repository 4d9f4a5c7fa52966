"""Pictures for people who build: sockets, cords, the breadboard. Drawn by hardware/draw.py."""
