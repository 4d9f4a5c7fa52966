"""GET /backup: what is asked for, and what it says of itself."""

import json
from typing import TYPE_CHECKING

from .. import VERSION
from ..reading.calendar import iso_time
from ..reading.fields import I_METER_ID
from ..store.backup import pieces

if TYPE_CHECKING:
    from .server import Sources


def asked_for(sources: "Sources", query: str, now: int | None) -> "tuple | str":
    """(The file's pieces, a header with its name), or the key of a problem. now: seconds since
    2000, UTC, None if nobody knows."""
    from ..config.backup import packed

    if not sources.rings:
        return "404h"
    if query not in ("", "secrets=yes"):
        return "400q"
    secrets = query != ""
    base = sources.base_min
    date = iso_time(now + 60 * base, base) if now is not None else None
    newest = sources.rings.hours.last() or sources.rings.quarters.last()
    about = {"id": sources.id, "version": VERSION, "date": date,
             "meter": sources.hub.state.reading().at(I_METER_ID),
             "epoch": newest[-1] if newest else 0}
    name = 'Content-Disposition: attachment; filename="microhan-%s%s%s.backup"' % (
        sources.id, "-" + date[:10] if date else "", "-with-secrets" if secrets else "")
    return pieces(sources.rings, json.dumps(about).encode(),
                  packed(sources.config_path, secrets), secrets), name
