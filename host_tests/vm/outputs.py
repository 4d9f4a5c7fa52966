"""Runs the outputs on this VM and prints what happened; test_outputs_vm.py starts it.

    outputs.py FIRMWARE VENDOR SHIM wrap PORT N           N publishes of QoS 1
    outputs.py FIRMWARE VENDOR SHIM mqtt HOST PORT CA     three readings; CA: PEM file, "" = no TLS
    outputs.py FIRMWARE VENDOR SHIM push URL CA           three readings
    outputs.py FIRMWARE VENDOR SHIM name SERVER NAME      one address
"""

import sys

sys.path[:0] = sys.argv[1:3]
if sys.implementation.name == "cpython":
    sys.path.insert(0, sys.argv[3])
    import shim  # noqa: F401

import asyncio

from microhan.hub.hub import Hub
from microhan.net.link import connector
from microhan.net.names import Names
from microhan.outputs.mqtt.client import MqttClient
from microhan.outputs.mqtt.connect import connect as begin
from microhan.outputs.mqtt.output import MqttOutput
from microhan.outputs.push.output import PushOutput
from microhan.reading.reading import INDEX, Reading

count = 0


def number():
    global count
    count += 1
    return count


def note(text):
    print("log", text)


def content(path):
    if not path:
        return ""
    with open(path) as file:
        return file.read()


def reading():
    out = Reading()
    out.put(INDEX["time"], 833000000 + count)
    out.put(INDEX["active_power_import_w"], 1234)
    out.put(INDEX["active_energy_import_kwh"], 99999999999)
    out.put(INDEX["current_l1_a"], -1230, 2)
    return out


async def deliver(hub, out):
    """Three readings, then the status once they are there or an error stands."""
    task = asyncio.create_task(out.run())
    await asyncio.sleep_ms(50)
    for _ in range(3):
        hub.publish(reading(), bytes, True)
        await asyncio.sleep_ms(20)
    for _ in range(150):
        status = out.status()
        if status["sent"] == 3 or status["state"] == "error":
            break
        await asyncio.sleep_ms(20)
    print("status", status["state"], status["sent"], status["error"])
    task.cancel()


async def mqtt(connect, host, port, ca):
    config = {"host": host, "port": int(port), "user": "", "password": "", "tls": bool(ca)}
    config.update({"tls_insecure": False, "ca": content(ca), "keepalive": 60})
    config.update({"discovery": True, "discovery_prefix": "homeassistant"})
    hub = Hub(lambda: 10 * count, number)
    await deliver(hub, MqttOutput(config, "a1b2c3", "0.1.0", hub, connect, note))


async def push(connect, url, ca):
    config = {"url": url, "format": "influx", "auth": "basic", "token": "", "user": "u"}
    config.update({"password": "p", "every_s": 0, "ca": content(ca), "tls_insecure": False})
    hub = Hub(lambda: 10 * count, number)
    await deliver(hub, PushOutput(config, "a1b2c3", hub, connect, note))


async def wrap(connect, port, times):
    wake = asyncio.Event()
    client = MqttClient(60, wake.set, None)
    link = await connect("127.0.0.1", int(port))
    await begin(client, link, ("wrap", "", "", 60, "w"))
    reader = asyncio.create_task(client.read_loop())
    for _ in range(int(times)):
        wake.clear()
        packet = client.packet("a", 1, qos=1)
        packet.put(b"1")
        await client.send(packet)
        while client.waiting:
            await wake.wait()
            wake.clear()
            client.check()
    print("done", client.last_id)
    reader.cancel()
    link.close()


async def name(connect, server, host):
    try:
        print("address", await Names(lambda: [server]).resolve(host))
    except OSError as error:
        print("error", error.args[0])


async def main(mode, *arguments):
    modes = {"mqtt": mqtt, "push": push, "wrap": wrap, "name": name}
    await modes[mode](connector(Names(lambda: [])), *arguments)


asyncio.run(main(*sys.argv[4:]))
