"""Judges a Record: what was lost, altered, repeated, and how soon all was well again.

Two things say what must have arrived: the telegrams that the meter sent, and the numbers of the
Readings: `seq` has no gaps within a `boot`, goes on over an orderly restart, and begins after a
power cut with what it was at the start before (docs/store.md).
"""

import bisect
import collections
import itertools
import json
from dataclasses import dataclass, field

from measure.limits import Row, at_most, told

from . import plan
from .record import CLEAN, MQTT, PUSH, SPOILED, Fault, Record, Start, key_of

BATCH = 90  # Readings of 10 to 15 bytes that a chunk of 900 holds at most (docs/store.md)
BESIDE_S = 5  # that bad HTTP clients may hold a Reading up: what a busy PC takes
CUT_S = 300  # what a power cut may cost: the Readings of so many seconds
_LATE_S = 15  # push has no topic for them
_SLACK_S = 2  # between what happened and that we note it
TOGETHER = " with others"

Identity = tuple[int, int]


@dataclass
class _Life:
    """One start: the Readings that it must have made."""

    start: Start
    boot: int = 0
    base: int = 1  # the first seq
    last: int = 0  # the last one that anybody has seen


@dataclass
class _Output:
    """What arrived at one: of each Reading the first arrival, and its repeats."""

    first: dict = field(default_factory=dict)
    altered: int = 0
    differing: int = 0
    unnumbered: int = 0
    unexplained: int = 0  # repeats without an interruption
    repeats: dict = field(default_factory=collections.Counter)  # by the interruption

    @property
    def repeated(self) -> int:
        """How many in all."""
        return sum(self.repeats.values()) + self.unexplained


class Checker:
    """`problems`: sentences about what is wrong."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.problems: list[str] = []
        self._index: dict[tuple, list[int]] = {}
        for n, telegram in enumerate(record.telegrams):
            self._index.setdefault(telegram.content, []).append(n)
        self.outputs: dict[str, _Output] = {}
        self.outputs[MQTT] = self._take(MQTT)
        self._numbers = {key_of(arrival.body)[1]: identity
                         for identity, arrival in self.outputs[MQTT].first.items()}
        self.outputs[PUSH] = self._take(PUSH)
        self.sent_as = self._match()  # {identity: number of the telegram}
        self._known = sorted(self.sent_as.values())
        self.lives = self._lives()

    def _say(self, text):
        self.problems.append(text)

    def _seconds(self, at):
        return f"{at - self.record.begin:.0f} s"

    # ---- what arrived -------------------------------------------------------------------------

    def _take(self, name):
        out = _Output()
        for arrival in self.record.arrived[name]:
            try:
                identity, content = key_of(arrival.body)
            except (ValueError, KeyError, TypeError):
                identity, content = None, ()
            if not identity and self.outputs:  # a line for InfluxDB, which has no number
                identity = self._numbers.get(content)
            if content not in self._index:
                out.altered += 1
                self._say(f"{name}: {identity} was never sent so, at {self._seconds(arrival.at)}: "
                          f"{arrival.body!r}")
            elif not identity:
                out.unnumbered += 1  # MQTT lacks it: it went there in a power cut
            elif identity not in out.first:
                out.first[identity] = arrival
            else:
                self._repeat(name, out, identity, arrival, content)
        return out

    def _repeat(self, name, out, identity, arrival, content):
        first = out.first[identity]
        if arrival.body != first.body and _without_derived(arrival) != _without_derived(first):
            out.differing += 1
            self._say(f"{name}: {identity} came again, and otherwise")
        breaks = self.record.breaks[name]
        # Since it was sent: one that had to leave the memory while it was under way comes twice.
        since = self.record.telegrams[self._index[content][0]].begin
        n = bisect.bisect_right(breaks, arrival.at) - 1
        if n >= 0 and breaks[n] >= min(since, first.at - _SLACK_S):
            out.repeats[n] += 1
        else:
            out.unexplained += 1
            self._say(f"{name}: {identity} came again at {self._seconds(arrival.at)} "
                      "without any interruption")

    def _match(self):
        """Which telegram each Reading is: both rise together. Of telegrams that say the same,
        where the meter sends no time, those that came whole are taken first."""
        seen: dict[Identity, tuple] = {}
        for name, output in self.outputs.items():
            for identity, arrival in output.first.items():
                content = key_of(arrival.body)[1]
                if seen.setdefault(identity, content) != content:
                    output.altered += 1
                    self._say(f"{name}: {identity} is another one than elsewhere")
        out: dict[Identity, int] = {}
        newest = -1
        for content, group in itertools.groupby(sorted(seen), seen.__getitem__):
            identities = list(group)
            found = sorted((n for n in self._index[content] if n > newest),
                           key=lambda n: (self.record.telegrams[n].state != CLEAN, n))
            for identity, number in zip(identities, sorted(found[:len(identities)])):
                newest = out[identity] = number
            for identity in identities[len(found):]:
                self.outputs[MQTT].altered += 1
                self._say(f"{identity} is not in the order in which they were sent")
        return out

    # ---- what is missing ----------------------------------------------------------------------

    def _lives(self):
        """Of each start, its boot and the numbers of its Readings."""
        lives = [_Life(start) for start in self.record.starts]
        begins = [life.start.begin for life in lives]
        boots: dict[int, list] = {}
        for (boot, seq), number in sorted(self.sent_as.items()):
            boots.setdefault(boot, []).append((seq, self.record.telegrams[number].end))
        for boot, found in boots.items():
            # By one in the middle: the first and the last were sent about when it began or ended.
            life = lives[max(0, bisect.bisect_right(begins, found[len(found) // 2][1]) - 1)]
            life.boot, life.last = boot, found[-1][0]
        for before, life in zip(lives, lives[1:]):
            orderly = before.start.cause == "restart"
            life.base = max(before.base, before.last + 1) if orderly else before.base
        return lives

    def missing(self, name: str) -> dict[str, list]:
        """{cause: identities} of what one output lacks: "refused", "power cut", "lost"."""
        out: dict[str, list] = {"refused": [], "power cut": [], "lost": []}
        refused = set()
        if name == PUSH:
            for body in self.record.refused:
                identity, content = key_of(body)
                refused.add(identity or self._numbers.get(content))
        for life in self.lives:
            newest = life.start.begin
            for seq in range(life.base, life.last + 1):
                identity = life.boot, seq
                number = self.sent_as.get(identity)
                newest = self.record.telegrams[number].begin if number is not None else newest
                if identity in self.outputs[name].first:
                    continue
                cause = "lost"
                if identity in refused:
                    cause = "refused"
                elif life.start.cause == "cut" and newest >= life.start.end - CUT_S - _SLACK_S:
                    cause = "power cut"
                out[cause].append(identity)
        if out["lost"]:
            self._say(f"{name}: lost: {out['lost'][:20]}")
        return out

    def unseen(self) -> tuple[int, int]:
        """(telegrams that no output has a Reading of, and should; those that went in a cut)."""
        unread = cut = 0
        known = set(self._known)
        telegrams = self.record.telegrams
        for life in self.lives:
            mine = [number for (boot, _), number in self.sent_as.items() if boot == life.boot]
            if not mine:  # nobody has a Reading of it: its seq says what an orderly end left
                if life.start.cause == "cut":
                    old, young = self._tail(life, 0)
                    unread, cut = unread + old, cut + young
                continue
            gaps = life.last - life.base + 1 - len(mine)  # said by missing()
            ends = len(telegrams) if life.start.cause == "end" else max(mine)
            without = [n for n in range(min(mine), ends) if n not in known
                       and telegrams[n].state == CLEAN and not self._is_excused(n)]
            if len(without) > gaps:
                unread += len(without) - gaps
                self._say("telegrams without a Reading: "
                          + ", ".join(self._seconds(telegrams[n].begin) for n in without[:20]))
            if life.start.cause == "cut":
                old, young = self._tail(life, max(mine) + 1)
                unread, cut = unread + old, cut + young
        return unread, cut

    def _tail(self, life, number):
        """How many telegrams from this one on a life had that ended in a power cut: (those older
        than a cut may cost, the others)."""
        ends = [one.end for one in self.record.telegrams[number:] if one.state == CLEAN
                and life.start.begin <= one.begin and one.end <= life.start.end]
        old = sum(end < life.start.end - CUT_S for end in ends)
        return old, len(ends) - old

    def _is_excused(self, number):
        """Whether the line was dead then: until the first Reading after it."""
        at = self.record.telegrams[number].end
        for fault in self.record.faults:
            if fault.kind in ("meter: " + plan.SPEED, "meter: " + plan.PULLED):
                if fault.begin <= at <= self._end_of(fault):
                    return True
        return False

    # ---- how soon -----------------------------------------------------------------------------

    def recoveries(self) -> dict[str, list[tuple[float, float]]]:
        """{kind: [(s until all was well, its limit)]}."""
        out: dict[str, list] = {}
        for fault in self.record.faults:
            limit = plan.ALL[fault.kind].limit
            if "clients" in fault.of or "clock" in fault.of:
                seconds = (fault.recovered or self.record.end) - fault.end
                out.setdefault(fault.kind, []).append((seconds, limit))
                continue
            for name in [one for one in (MQTT, PUSH) if one in fault.of] or (MQTT, PUSH):
                seconds, others = self._recovery(fault, name)
                most = max(limit, *(plan.ALL[one].limit for one in others), 0)
                kind = fault.kind + (TOGETHER if others else "")
                out.setdefault(kind, []).append((seconds, most))
                if seconds > most:
                    self._say(f"{name} was not back {most} s after {kind} of "
                              f"{self._seconds(fault.begin)}, but after {seconds:.1f} s")
        return out

    def _recovery(self, fault, name):
        """(s from the end of the fault, and of those that were there then, to the first Reading;
        the other faults)."""
        others: list[Fault] = []
        clear = fault.end
        is_new = "line" in fault.of or "device" in fault.of  # what was sent before proves nothing
        while True:
            well = self._first_after(name, clear, is_new)
            for other in self.record.faults:
                if (other is not fault and other not in others and other.begin < well
                        and self._end_of(other) > fault.begin and "clients" not in other.of
                        and (name in other.of or "line" in other.of or "device" in other.of)):
                    others.append(other)
            later = max([clear, *map(self._end_of, others)])
            if later == clear:
                return max(0.0, well - clear), [other.kind for other in others]
            clear = later

    def slowest_beside_clients(self, name: str) -> float:
        """The most s that a Reading took to an output while only HTTP clients were a burden."""
        waits = [0.0]
        spans = [(fault.begin, fault.end) for fault in self.record.faults if "clients" in fault.of]
        others = [(fault.begin, self._end_of(fault) + _SLACK_S) for fault in self.record.faults
                  if not {name, "line", "device", "clock"}.isdisjoint(fault.of)]
        for identity, arrival in self.outputs[name].first.items():
            number = self.sent_as.get(identity)
            if number is not None:
                sent = self.record.telegrams[number]
                if (_meet(spans, sent.begin, sent.end)
                        and not _meet(others, sent.begin, arrival.at)):
                    waits.append(arrival.at - sent.end)
        return round(max(waits), 2)

    def _end_of(self, fault):
        """When it is over for others: one of the line, when the meter is read again."""
        if "line" not in fault.of:
            return fault.end
        return next((self.record.telegrams[number].begin for number in self._known
                     if self.record.telegrams[number].begin > fault.end), self.record.end)

    def _first_after(self, name, at, is_new):
        for identity, arrival in self.outputs[name].first.items():
            number = self.sent_as.get(identity)
            if arrival.at > at and (not is_new or number is not None
                                    and self.record.telegrams[number].end >= at):
                return arrival.at
        return self.record.end


def _meet(spans, begin, end):
    return any(one <= end and begin <= other for one, other in spans)


def _without_derived(arrival):
    """As docs/mqtt.md says: `derived` goes by what the meter has sent since the start."""
    if arrival.body[:1] != b"{":
        return arrival.body
    told = json.loads(arrival.body, parse_float=str)
    told.pop("derived", None)
    return told


def report(record: Record) -> tuple[list[Row], list[str]]:
    """(rows, sentences about what is wrong)."""
    checker = Checker(record)
    unread, cut = checker.unseen()
    made = sum(life.last - life.base + 1 for life in checker.lives if life.boot)
    spoiled = sum(one.state == SPOILED for one in record.telegrams)
    rows = [told("minutes", round((record.end - record.begin) / 60, 1)),
            told("telegrams sent", len(record.telegrams)),
            told("telegrams spoiled on the line", spoiled),
            told("readings made", made + cut),
            at_most("telegrams without a reading", unread, 0)]
    for name in (MQTT, PUSH):
        rows += _rows_of(checker, name, cut)
    found = checker.recoveries()
    for kind in [kind + end for kind in plan.ALL for end in ("", TOGETHER)]:
        if kind in found:
            worst = max(found[kind], key=lambda one: one[0] / one[1])
            rows.append(at_most(f"recovery, {kind}: most s", round(worst[0], 1), worst[1]))
            rows.append(told(f"recovery, {kind}: times", len(found[kind])))
    count = collections.Counter(life.start.cause for life in checker.lives)
    rows += [told("power cuts", count["cut"]), told("orderly restarts", count["restart"]),
             at_most("restarts that nobody asked for", len(record.unasked), 0),
             at_most("deaths of tasks", record.deaths, 0),
             at_most("tracebacks on the console", record.tracebacks, 0),
             at_most("readings that the backlog itself counts as lost", record.told_lost, 0)]
    return rows, checker.problems


def _rows_of(checker, name, cut):
    output = checker.outputs[name]
    missing = checker.missing(name)
    telegrams = checker.record.telegrams
    late = sum(one.kind == "backlog" or name == PUSH and identity in checker.sent_as
               and one.at - telegrams[checker.sent_as[identity]].end > _LATE_S
               for identity, one in output.first.items())
    rows = [told("delivered", len(output.first) + output.unnumbered), told("delivered late", late),
            told("lost to power cuts", len(missing["power cut"]) + cut - output.unnumbered),
            at_most("lost", len(missing["lost"]), 0),
            at_most("altered", output.altered, 0), told("repeated", output.repeated),
            at_most("most repeats for one interruption", max(output.repeats.values(), default=0),
                    BATCH),
            at_most("repeats without an interruption", output.unexplained, 0),
            at_most("repeats that differ", output.differing, 0),
            at_most("most s to arrive beside bad HTTP clients",
                    checker.slowest_beside_clients(name), BESIDE_S),
            at_most("waiting at the end", checker.record.left.get(name, 0), 0)]
    if name == PUSH:
        rows.insert(3, told("refused for good by the target", len(missing["refused"])))
    return [one._replace(name=f"{name}: {one.name}") for one in rows]
