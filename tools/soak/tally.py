"""Which Readings the meter sent, and which of them came out where."""

import array
import collections

_LATE = 60  # s


class Tally:
    """Of one output. `sent`: when each telegram was out, an array that the meter fills."""

    def __init__(self, sent: "array.array[float]") -> None:
        self._sent = sent
        self._first: tuple[int, int] | None = None  # (boot, seq) of the first Reading
        self._times = bytearray()  # how often each came
        self.counts: collections.Counter[str] = collections.Counter()

    def take(self, now: float, boot: int, seq: int) -> None:
        """A Reading has arrived."""
        if not self._first:
            self._first = boot, seq
        index = seq - self._first[1]
        if boot != self._first[0] or not 0 <= index < len(self._sent):
            self.counts["unknown"] += 1
            return
        if index >= len(self._times):
            self._times.extend(bytes(index + 1 - len(self._times)))
        if self._times[index]:
            self.counts["repeated"] += 1
            return
        self._times[index] = 1
        self.counts["delivered"] += 1
        if now - self._sent[index] > _LATE:
            self.counts["late"] += 1

    def missing(self) -> int:
        """How many of those sent so far have not arrived."""
        return len(self._sent) - self.counts["delivered"]
