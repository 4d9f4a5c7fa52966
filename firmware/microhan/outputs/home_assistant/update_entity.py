"""Home Assistant's `update` entity: which version runs, and which one comes or lies ready. It has
no command topic: only the owner's session installs.

Checked against homeassistant/components/mqtt/update.py of 2022.11 and of 2026: a message with a
member that it does not know, or with null for a text, is dropped whole. Before 2024.12 it knew no
progress: members of that are sent only once there has been some.
"""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from .entities import Entities


def config(entities: "Entities") -> "tuple[str, str]":
    """(topic, payload) of the message that announces it."""
    parts = entities.head("update", "update", "{{ value }}", component="update")
    parts.append('"device_class":"firmware","entity_category":"diagnostic"')
    return entities.topic("update", "update"), "{" + ",".join(parts) + "}"


def state(device_id: str, version: str, update: "dict[str, Any]",
          has_progress: bool) -> "tuple[str, str]":
    """(topic, payload) of its state. update: of update/incoming.py, look(); version: that runs."""
    told = {"installed_version": version, "latest_version": update.get("version", version),
            "title": "microhan"}
    if update.get("news"):
        told["release_summary"] = update["news"]
    if has_progress:
        is_coming = update.get("state") == "coming"
        told["in_progress"] = is_coming or update.get("state") == "wanted"
        told["update_percentage"] = (
            update["received"] * 100 // update["size"] if is_coming else None)
    return "microhan/%s/update" % device_id, json.dumps(told)
