"""PUT /config.json and /test/…: what they refuse before anything is stored or tried."""

import json
from pathlib import Path

import pytest


@pytest.mark.parametrize(("key", "text", "wrong"), [
    ("url", "http://a/?w={active_power_import_w}&v={voltage_l1_v}&x={}", ""),
    ("url", "http://a/{power}", "power"),
    ("body", '{"a": {"b": {tariff}}, "t": "{time}", "s": "{state}{id}"}', ""),
    ("body", "a\n{ {", ""), ("body", "{activ_power_import_w}", "activ_power_import_w"),
    ("body", '{state} {"a": {b}}', "b")])
def test_a_wrong_name_in_a_webhook_is_refused_when_it_is_set(web, key, text, wrong):
    path = Path(web.folder.name, "config.json")
    web.call(setattr, web.sources, "config_path", str(path))
    web.call(setattr, web.sources, "restart", lambda: None)
    status, _, body = web.do("/config.json", {"webhook": {key: text}}, web.login(), method="PUT")
    if not wrong:
        assert status == 200 and json.loads(path.read_text())["webhook"] == {key: text}
        return
    told = json.loads(body)
    assert (status, told["code"], told["key"]) == (422, "not_allowed", f"webhook.{key}")
    assert told["error"] == (f"webhook.{key}: no value is called {{{wrong}}}: /reading.json has "
                             "the names, and there are id and state")
    assert not path.exists()
