"""Rows of the twin: how long after a telegram's last byte its reading is out, the heap of the
whole application, and the start. The clients run on this PC too, and their waking up is in it.
"""

import bisect
import json
import math
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from twin import ports
from twin.listener import Listener
from twin.twin import Options, Twin

from .report import Row

# Budgets in docs/performance.md: ms, 99 of 100; bytes of heap, the twin's own 5.4 kB among them
MUST, AIMS = 15, 8
AT_REST, WITH_PAGE = (72_000, 66_000), (84_000, 76_000)
_SLACK = 0.1  # s: an answer so long before the note of the last byte still belongs to it
_REQUESTS = 20  # a second, in all
_STREAMS = 3  # clients of /events, at most
_PATHS = ("/reading.json", "/status.json")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank)."""
    return sorted(values)[math.ceil(len(values) * share) - 1]


@contextmanager
def twin(machine: str, interval: float, mqtt: str = "",
         config: dict | None = None) -> Iterator[Twin]:
    """A running twin that has given its first reading."""
    with tempfile.TemporaryDirectory() as folder:
        if config:
            data = Path(folder, "flash", "data")
            data.mkdir(parents=True)
            (data / "config.json").write_text(json.dumps(config))
        with Twin(Options(flash=Path(folder) / "flash", http_port=0, vm=machine,
                          meter="sagemcom-p1", interval=interval, mqtt=mqtt)) as one:
            one.clock = Clock(one)  # type: ignore[attr-defined]
            one.start()
            yield one


class Clock:
    """When the meter's last bytes were out; to be held against when something came of them."""

    def __init__(self, one: Twin) -> None:
        self._one = one

    def since(self, moments: Iterable[float]) -> list[float]:
        """Milliseconds from the last byte to each moment: 0 if the answer was quicker than the
        thread that notes the last byte."""
        out = []
        stamps = list(self._one.last_bytes)
        for moment in moments:
            later = bisect.bisect(stamps, moment)
            soon = later < len(stamps) and stamps[later] - moment < _SLACK
            if soon:
                out.append(0.0)
            elif later:
                out.append((moment - stamps[later - 1]) * 1000)
        return out


def by_mqtt(one: Twin, moments: list[float], count: int) -> None:
    """When messages came, put into `moments`."""
    assert one.broker
    listener = Listener(one.broker.port)
    while len(moments) < count:
        topic, _ = listener.next()
        if topic.endswith("/reading"):
            moments.append(time.monotonic())
    listener.close()


def by_events(one: Twin, moments: list[float], count: int) -> None:
    """When server-sent events came, put into `moments`. Raises OSError where they do not."""
    with socket.create_connection(("127.0.0.1", one.client.port), 30) as sock:
        sock.sendall(b"GET /events HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n"
                     % one.access["token"].encode())
        lines = sock.makefile("rb")
        head = lines.readline()
        if b" 200 " not in head:
            raise OSError(f"/events answers {head!r}")
        seen = 0
        while len(moments) < count:
            line = lines.readline()
            if not line:
                raise OSError("/events has ended")
            if line.startswith(b"event: reading"):
                seen += 1
                if seen > 1:  # the first one is the newest from before
                    moments.append(time.monotonic())


def by_p1(port: int, moments: list[float], count: int) -> None:
    """When telegrams of raw P1 were complete, put into `moments`."""
    with socket.create_connection(("127.0.0.1", port), 30) as sock:
        seen = 0
        for line in sock.makefile("rb"):
            if line.startswith(b"!"):
                seen += 1
                if seen > 1:  # as with events
                    moments.append(time.monotonic())
            if len(moments) == count:
                return


def together(works: Iterable[tuple[Callable[..., None], tuple]]) -> None:
    """Run each function of (function, arguments) in a thread; wait for all."""
    threads = [threading.Thread(target=work, args=arguments) for work, *arguments in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def requests(one: Twin, answered: list[int]) -> Iterator[None]:
    """Ask for pages while the block runs; `answered` gets the statuses."""
    over = threading.Event()

    def ask():
        turn = 0
        due = time.monotonic()
        while not over.is_set():
            turn += 1
            answered.append(one.client.get(_PATHS[turn % len(_PATHS)])[0])
            due += 1 / _REQUESTS
            over.wait(max(0, due - time.monotonic()))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join(5)


def rate(one: Twin, words: str, seconds: float = 10) -> list[Row]:
    """Rows of what the server does for four clients that ask without pause."""
    times: list[float] = []
    over = time.monotonic() + seconds

    def ask():
        while (began := time.monotonic()) < over:
            if one.client.get(_PATHS[len(times) % len(_PATHS)])[0] == 200:
                times.append((time.monotonic() - began) * 1000)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(ask)
    return [Row(f"requests a second, 4 clients without pause, {words}", len(times) / seconds, ""),
            Row(f"a request then, p99, {words}", percentile(times, 0.99), "ms")]


@contextmanager
def black_hole() -> Iterator[str]:
    """The address of a broker that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def three(words: str, one: Twin, moments: list[float]) -> list[Row]:
    """Rows of the middle, 99 of 100 and the worst."""
    values = one.clock.since(moments)  # type: ignore[attr-defined]
    return [Row(f"last byte to {words}, p50", percentile(values, 0.5), "ms"),
            Row(f"last byte to {words}, p99", percentile(values, 0.99), "ms",
                MUST, AIMS, note=f"{len(values)} telegrams"),
            Row(f"last byte to {words}, worst", max(values), "ms")]


def heap_after_a_minute(one: Twin, words: str, budget: tuple[int, int],
                        patience: float = 90) -> list[Row]:
    """A row of the bytes that the application takes, as the VM says a minute after its start."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for line in one.firmware.lines:
            if line.startswith("twin: heap"):
                return [Row(f"heap of the whole application after 60 s, {words}",
                            int(line.split()[-2]), "bytes", *budget)]
        time.sleep(0.5)
    return []


def rows(machine: str, count: int, interval: float, say: Callable[[str], None]) -> list[Row]:
    """Idle, under load, heap and start of one twin; then one whose broker is a black hole."""
    out = []
    say(f"the twin on {machine}: start, idle, requests, heap")
    with twin(machine, interval) as one:
        began = one.firmware.began
        first: list = []
        by_mqtt(one, first, 1)
        out.append(Row("start: exec to first published Reading, twin", time.monotonic() - began,
                       "s"))
        out += _idle_and_loaded(one, count)
        out += _clients(one, max(10, count // 4))
        out += heap_after_a_minute(one, f"page and /events in use, {machine}", WITH_PAGE)
    say("the twin left alone: heap")
    with twin(machine, 10) as one:
        out += heap_after_a_minute(one, machine, AT_REST)
    say("the twin with raw P1: three clients")
    out += _raw_p1(machine, interval, count)
    say("the twin with its broker black-holed")
    with black_hole() as address, twin(machine, interval, address) as one:
        one.wait_for_reading(30)
        events: list[float] = []
        answered: list[int] = []
        with requests(one, answered):
            by_events(one, events, count)
        out += three("SSE, broker black-holed, 20 requests/s", one, events)
        out.append(_answers("broker black-holed", answered))
        out += rate(one, "broker black-holed")
    return out


def _idle_and_loaded(one, count):
    mqtt, events, answered = [], [], []
    together([(by_mqtt, one, mqtt, count), (by_events, one, events, count)])
    out = three("MQTT, idle", one, mqtt) + three("SSE, idle", one, events)
    mqtt, events = [], []
    with requests(one, answered):
        together([(by_mqtt, one, mqtt, count), (by_events, one, events, count)])
    out += three("MQTT, 20 requests/s", one, mqtt) + three("SSE, 20 requests/s", one, events)
    return [*out, _answers("idle broker", answered)]


def _raw_p1(machine, interval, count):
    port = ports.free_port()
    with twin(machine, interval, config={"open": {"p1": port}}) as one:
        one.wait_for_reading(30)
        found = [[], [], []]
        together([(by_p1, port, each, count) for each in found])
        return three("raw P1, three clients", one, [moment for each in found for moment in each])


def _all_left(one):
    """Wait: clients that have just left keep their places until the next event is sent to them."""
    for _ in range(20):
        if not one.client.get("/status.json")[1]["outputs"]["http"]["streams"]:
            break
        time.sleep(0.5)


def _answers(words, answered):
    return Row(f"requests answered with 200, {words}",
               100 * sum(status == 200 for status in answered) / max(1, len(answered)), "%",
               note=f"of {len(answered)}")


def _clients(one, count):
    """How latency grows with clients of /events."""
    out = []
    for clients in range(1, _STREAMS + 1):
        _all_left(one)
        found = [[] for _ in range(clients)]
        together([(by_events, one, each, count) for each in found])
        last = [value for each in found for value in one.clock.since(each)]
        if last:
            out.append(Row(f"growth: SSE to {clients} client{'s' if clients > 1 else ''}, p50",
                           statistics.median(last), "ms"))
    return out
