"""Measures the twin: how long after a telegram's last byte its reading is out, and the heap.

    .venv/bin/python tools/measure.py [--telegrams N] [--interval S] [--vm i386]

By MQTT at a subscriber and by `/events` at a client, both on this PC, so their own waking up is
in the figures. Run it on a quiet machine.
"""

import argparse
import socket
import tempfile
import threading
import time
from pathlib import Path

from twin.listener import Listener
from twin.twin import Options, Twin


def percentile(values, share):
    """The value below which `share` of the sorted values lie (nearest rank)."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def by_mqtt(twin, found, count):
    """Milliseconds from last byte to message, put into `found`."""
    listener = Listener(twin.broker.port)
    while len(found) < count:
        topic, _ = listener.next()
        if topic.endswith("/reading"):
            found.append((time.monotonic() - twin.last_byte) * 1000)
    listener.close()


def by_events(twin, found, count):
    """Milliseconds from last byte to server-sent event, put into `found`."""
    with socket.create_connection(("127.0.0.1", twin.client.port), 30) as sock:
        sock.sendall(b"GET /events HTTP/1.0\r\nAuthorization: Bearer t\r\n\r\n")
        lines = sock.makefile("rb")
        seen = 0
        while len(found) < count:
            if lines.readline().startswith(b"event: reading"):
                seen += 1
                if seen > 1:  # the first one is the newest from before
                    found.append((time.monotonic() - twin.last_byte) * 1000)


def wait_for_heap(twin, patience=90):
    """The line in which the VM says, after a minute, how much heap the application takes."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for line in twin.firmware.lines:
            if line.startswith("twin: heap"):
                return line
        time.sleep(0.5)
    return "no word on the heap"


def main():
    """Runs a twin for a while and prints the figures."""
    parser = argparse.ArgumentParser(description="Latency and heap of the twin.")
    parser.add_argument("--telegrams", type=int, default=100)
    parser.add_argument("--interval", type=float, default=0.6)
    parser.add_argument("--vm", default="i386")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Twin(Options(flash=Path(folder) / "flash", http_port=0, vm=options.vm, token="t",
                          interval=options.interval)) as twin:
            twin.start()
            twin.wait_for_reading(30)
            mqtt, events = [], []
            runs = [threading.Thread(target=measure, args=(twin, found, options.telegrams))
                    for measure, found in ((by_mqtt, mqtt), (by_events, events))]
            for run in runs:
                run.start()
            for run in runs:
                run.join()
            heap = wait_for_heap(twin)
    for name, found in (("MQTT", mqtt), ("/events", events)):
        print(f"last byte to {name}: p50 {percentile(found, 0.5):.1f} ms, "
              f"p99 {percentile(found, 0.99):.1f} ms, worst {max(found):.1f} ms "
              f"({len(found)} telegrams, {options.vm})")
    print(heap)


if __name__ == "__main__":
    main()
