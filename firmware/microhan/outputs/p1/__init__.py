"""Raw P1: the meter's telegrams as they are, over TCP and WebSocket."""
