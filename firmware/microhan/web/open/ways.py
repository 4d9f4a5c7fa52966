"""Which of the ways an address belongs to."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from ..server import Sources


class Ways:
    """Who asks asks again soon, so the last way stays loaded for as long as this does."""

    def __init__(self) -> None:
        self._kind = ""  # the letter that its addresses begin with
        self._way: "Any" = None  # its answer()
        from .values import Values

        self._values = Values

    def answer(self, path: str, body: bytes, sources: "Sources") -> "bytes | str":
        """The body; nothing, where it is the telegram itself; or the key of a problem.

        body: how that of the request begins.
        """
        kind = path[1:2].replace("r", "s")  # /rpc is a Shelly's, too
        if kind != self._kind:
            self._kind = ""
            self._way = None  # one at a time
            self._way = self._load(kind)
            self._kind = kind
        return self._way(path, self._values(sources), *((body,) if path == "/rpc" else ()))

    def _load(self, kind):
        if kind == "a":
            from .homewizard import answer
        elif kind == "v":
            from .ecotracker import answer
        else:
            from .shelly import answer
        return answer
