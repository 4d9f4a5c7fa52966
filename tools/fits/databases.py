"""Real programs that keep what dongles say: Prometheus, InfluxDB 1. Each on loopback."""

import contextlib
import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from twin import ports
from twin.children import end, spawn
from vm.vm import Unavailable

from .stage import wait


def program(name: str, package: str) -> str:
    """Its path; raises Unavailable."""
    found = shutil.which(name)
    if not found:
        raise Unavailable(f"needs {name}: apt install {package}")
    return found


@contextlib.contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[subprocess.Popen]:
    """A program, until it is no longer needed; it listens at `port` now."""
    with open(folder / "log", "a") as log:
        process = spawn(list(command), cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait(command[0], lambda: not ports.is_free(port))
        yield process
    finally:
        end(process, 60)


def ask(port: int, path: str, method: str = "GET", **parameters: str) -> Any:
    """The JSON of an answer."""
    url = f"http://127.0.0.1:{port}{path}?" + urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as answer:
        return json.loads(answer.read() or b"null")


@contextlib.contextmanager
def prometheus(folder: Path, targets: Sequence[int], token: str,
               every_s: float = 1) -> Iterator["Database"]:
    """A Prometheus that scrapes these ports of 127.0.0.1."""
    port = ports.free_port()
    (folder / "token").write_text(token)
    (folder / "prometheus.yml").write_text(f"""
scrape_configs:
  - job_name: microhan
    scrape_interval: {every_s:g}s
    scrape_timeout: {every_s:g}s
    authorization:
      credentials_file: {folder.resolve() / "token"}
    static_configs:
      - targets: {json.dumps([f"127.0.0.1:{target}" for target in targets])}
""")
    with running([program("prometheus", "prometheus"), "--config.file=prometheus.yml",
                  "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}"],
                 port, folder) as process:
        wait("Prometheus answers", lambda: _is_ready(port))
        yield Database(port, process.pid)


def _is_ready(port):
    """Whether Prometheus answers queries: it listens before it does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=60):
            return True
    except urllib.error.HTTPError:
        return False


class Database(NamedTuple):
    """Where it listens, and its process."""

    port: int
    pid: int


def influxd(folder: Path) -> Callable[[], AbstractContextManager[Database]]:
    """A function that runs InfluxDB 1, each time with the data of before."""
    path = program("influxd", "influxdb")
    folder = folder.resolve()
    port, inner = ports.free_port(), ports.free_port()
    (folder / "influxdb.conf").write_text(f"""
reporting-disabled = true
bind-address = "127.0.0.1:{inner}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
""")

    @contextlib.contextmanager
    def run():
        with running([path, "run", "-config", "influxdb.conf"], port, folder) as process:
            yield Database(port, process.pid)

    return run


def influxd_version() -> str:
    """"InfluxDB 1.6.7"."""
    told = subprocess.run([program("influxd", "influxdb"), "version"], capture_output=True,
                          text=True).stdout
    return "InfluxDB " + told.split()[1]
