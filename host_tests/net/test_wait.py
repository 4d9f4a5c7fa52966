"""net/wait.py and what it needs of MicroPython's asyncio. Other tests run the shim's instead."""

import asyncio
from types import SimpleNamespace

import pytest

from fixtures.repository import ROOT

SOURCE = (ROOT / "firmware" / "microhan" / "net" / "wait.py").read_text()


def load(monkeypatch, **queues):
    """The module's names, beside an asyncio that has these queues."""
    monkeypatch.setattr(asyncio, "core", SimpleNamespace(**queues), raising=False)
    names = {}
    exec(SOURCE, names)
    return names


@pytest.mark.parametrize("queues", [{}, {"_task_queue": 1}, {"_io_queue": 1}])
def test_a_platform_without_asyncio_s_queues_is_refused_at_import(monkeypatch, queues):
    with pytest.raises(ImportError, match="does not know this asyncio"):
        load(monkeypatch, **queues)


def test_an_event_that_is_set_lets_the_waiting_task_run_at_once(monkeypatch):
    """The task leaves its place in the queue (its time-out) and goes to the front."""
    moved = []
    queue = SimpleNamespace(remove=lambda task: moved.append(("remove", task)),
                            push=lambda task: moved.append(("push", task)))
    names = load(monkeypatch, _task_queue=queue, _io_queue=1)
    asyncio.core.cur_task = "task"

    class Sleep:
        def __await__(self):
            yield

    asyncio.core.sleep_ms = lambda ms: Sleep()
    event = names["Event"]()
    waiting = event.wait(1000)
    waiting.send(None)
    event.set()
    assert moved == [("remove", "task"), ("push", "task")]
    with pytest.raises(StopIteration) as ended:
        waiting.send(None)
    assert ended.value.value is True
    again = event.wait(1000)
    again.send(None)  # it was cleared: this one waits
    with pytest.raises(StopIteration) as ended:
        again.send(None)
    assert ended.value.value is False
