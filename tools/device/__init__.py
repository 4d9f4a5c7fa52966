"""The image on an emulated ESP32, under load: `make device QEMU=path`. docs/device.md tells more.

    scenarios.py   the table: what is run, and what must hold
    images.py      a flash for a configuration, made of a stock MicroPython by the project's tools
    emulator.py    the QEMU that its user brings: started, asked, cut off
    console.py     what the device prints; the memory samples and the guest's clock among it
    terminal.py    the console as a serial port, for an owner's tools
    on_device.py   the boot.py that prints those (runs on the device)
    meter.py       telegrams into UART1, at the pace of the guest
    broker.py      mosquitto, by TLS where wanted, and who listens there
    receiver.py    who is called by the webhook
    clients.py     who loads pages, and how they were answered
    bench.py       one device with all of these around it
    loads.py       scenarios that last: a load, and what came of it
    starts.py      scenarios of starting: boot, power cuts, broken configurations
    first_light.py a new owner's first minutes; set-up mode
    cable.py       the way by cable, from the first power to the owner's page
    outage_cuts.py an outage with power cuts in it
    crash.py       crashes, and what is known of them afterwards
    faults.py      the end of the boot.py that makes them (runs on the device)
    update.py      new versions over the network: refused, kept, given up, with power cuts
    packages.py    those versions, and the key that signs them
    renames.py     the end of the boot.py that tells how long a check takes (runs on the device)
    counts.py      instructions of the chip for one piece of work each
    counted.py     the main.py that does that work (runs on the device)
    report.py      the picture
"""
