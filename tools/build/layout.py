"""Which modules lie in which file on the device: see compact.py."""

# file: the modules that it is made of; each stands behind those that it imports. Left out is what
# is needed seldom or only at the start, and forgotten (system/modules.py). A module costs three
# names, "microhan.net.dial", "dial" and its path, and its package's dictionary: so the files lie
# side by side, under names that MicroPython has in ROM (names.py) and that name no module of its
# own. main.py, and who asks for the version, know the package `microhan`.
MERGED = {
    "state.py": (
        "fields", "reading", "system/modules", "telegram/crc", "telegram/clock",
        "telegram/p1_slots", "telegram/p1_judge", "telegram/p1_scan", "telegram/p1_rare",
        "telegram/registers", "telegram/pile",
        "telegram/p1", "telegram/decoder", "meter_line", "meter", "hub", "net/waits",
        "net/link", "net/names", "store/files", "store/sequence", "system/clock", "system/light",
        "system/log", "system/supervisor", "system/system", "web/server"),
    "search.py": ("meter_clues", "meter_search", "meter_trouble"),
    "awrite.py": ("outputs/mqtt_client", "outputs/discovery", "outputs/mqtt"),
    "push.py": ("outputs/influx", "outputs/push"),
    "split.py": ("telegram/axdr", "telegram/cosem_clock", "telegram/scales", "telegram/lists",
                 "telegram/frames"),
    "accept.py": ("web/answers", "web/connection", "web/streams", "web/places"),
    "input.py": ("web/auth", "web/head", "web/routes", "web/requests"),
    "aes.py": ("telegram/aes",),
    "collect.py": ("meter_capture",),
    "connect.py": ("net/dial",),
    "decrypt.py": ("telegram/cipher",),
    "digest.py": ("telegram/gcm",),
    "dump.py": ("telegram/p1_writer",),
    "enable.py": ("net/wifi",),
    "errorcode.py": ("net/errors",),
    "exp.py": ("telegram/energy_unit",),
    "find.py": ("net/dns",),
    "format.py": ("meter_words",),
    # for a moment, because a module's constants live as long as it does: an array's bytes, too
    "fromkeys.py": ("telegram/p1_table", "telegram/obis"),
    "getaddrinfo.py": ("net/resolver",),
    "gmtime.py": ("net/ntp",),
    "index.py": ("telegram/positions",),
    "items.py": ("outputs/entities",),
    "acquire.py": ("umqtt/simple", "outputs/mqtt_connect"),
    "print_exception.py": ("outputs/mqtt_words",),
    "setter.py": ("config", "store/settings"),
    "unpack.py": ("meter_unit",),
    "wrap_socket.py": ("net/tls",),
    "twin_main.py": ("twin_board", "twin_sockets", "twin_main"),
}


# Modules whose results alone matter: they run here, and what others import of them is written out.
TABLES = ("microhan/fields.py", "microhan/telegram/p1_table.py", "microhan/telegram/obis.py",
          "microhan/telegram/positions.py")
