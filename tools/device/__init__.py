"""The image on an emulated ESP32, under load: `make device QEMU=path`. docs/device.md tells more.

    scenarios.py   the table: what is run, and what must hold
    images.py      a flash for a configuration, made of a stock MicroPython by the project's tools
    emulator.py    the QEMU that its user brings: started, asked, cut off
    console.py     what the device prints; the memory samples and the guest's clock among it
    on_device.py   the boot.py that prints those (runs on the device)
    meter.py       telegrams into UART1, at the pace of the guest
    broker.py      mosquitto, by TLS where wanted, and who listens there
    clients.py     who loads pages, and how they were answered
    bench.py       one device with all of these around it
    loads.py       scenarios that last: a load, and what came of it
    starts.py      scenarios of starting: boot, power cuts, broken configurations
    counts.py      instructions of the chip for one piece of work each
    counted.py     the main.py that does that work (runs on the device)
    report.py      the picture
"""
