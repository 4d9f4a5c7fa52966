"""Prints all that is made of readings_extra.py's Reading on this VM; test_outputs_vm.py starts it.

    extras.py FIRMWARE VENDOR SHIM HOST_TESTS
"""

import sys

sys.path[:0] = [sys.argv[1], sys.argv[2], sys.argv[4]]
if sys.implementation.name == "cpython":
    sys.path.insert(0, sys.argv[3])
    import shim  # noqa: F401

from microhan.hub.hub import Hub
from microhan.outputs.home_assistant.discovery import Discovery
from microhan.outputs.push.influx import line
from microhan.reading.derived import derived
from microhan.telegram.p1.writer import write
from readings_extra import extra_reading

hub = Hub(lambda: 10 * hub.reading.seq if hub.reading else 0, lambda: 1)
discovery = Discovery("homeassistant", "a1b2c3", "0.1.0", hub)
for _ in range(3):
    hub.publish(extra_reading(), bytes, True)
message = discovery.next()
while message:
    print(message)
    message = discovery.next()
print(hub.state.json().decode())
print(derived(hub.reading, hub.state.seen))
print(line(hub.reading, "a1b2c3"))
for dialect in ("se", "dsmr"):
    print(write(hub.reading, dialect).decode())
