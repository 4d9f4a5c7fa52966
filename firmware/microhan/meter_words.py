"""What is seen on the meter's line and what to do about it, in Swedish and in English.

Imported when the state changes, and forgotten again. Codes: DESIGN.md. In `silent` the %s is the
time HH:MM up to which the meter was read.
"""

WORDS = {
    "ok": (
        "Mätaren läses.",
        "The meter is being read."),
    "never": (
        "Inget har kommit från mätaren än. Är porten aktiverad? Det gör elnätsbolaget. "
        "Kontrollera också kabeln (rak, 6 ledare) och att porten är en P1/HAN-port.",
        "Nothing has come from the meter yet. Is the port activated? The grid company does that. "
        "Check the cable too (straight, 6 wires), and that the port is a P1/HAN port."),
    "ident_only": (
        "Bara mätarens första rad kommer. Portens modul saknar kanske matning: be elnätsbolaget "
        "om dess datablad och samtycke innan något matas in på stift 1.",
        "Only the meter's first line comes. The port's module may lack supply: ask the grid "
        "company for its data sheet and consent before feeding anything into pin 1."),
    "garbage_polarity": (
        "Det kommer tecken, men inget telegram. Prova meter.invert (on/off); kontrollera sedan "
        "hastigheten (meter.baud) och nivåskiftarens motstånd.",
        "Bytes come, but no telegram. Try meter.invert (on/off); then check the speed "
        "(meter.baud) and the level shifter's pull-up."),
    "garbage_pullup": (
        "Det kommer tecken, men inget telegram vid någon hastighet eller polaritet; sökningen "
        "fortsätter. Kontrollera nivåskiftarens motstånd, kabeln och att porten är P1/HAN.",
        "Bytes come, but no telegram at any speed or polarity; the search goes on. Check the "
        "level shifter's pull-up, the cable, and that the port is P1/HAN."),
    "checksum": (
        "Telegram kommer, men kontrollsumman stämmer inte. Kontrollera kabel, nivåskiftare och "
        "matning; sänder mätaren ingen kontrollsumma, sätt meter.crc till off.",
        "Telegrams come, but their checksum does not match. Check cable, level shifter and "
        "supply; if the meter sends no checksum, set meter.crc to off."),
    "no_key": (
        "Telegrammen är krypterade och ingen nyckel är angiven. Be elnätsbolaget om nyckeln och "
        "sätt meter.key.",
        "The telegrams are encrypted and no key is set. Ask the grid company for the key, and set "
        "meter.key."),
    "wrong_key": (
        "Telegrammen är krypterade och nyckeln passar inte. Kontrollera meter.key och "
        "meter.auth_key.",
        "The telegrams are encrypted and the key does not open them. Check meter.key and "
        "meter.auth_key."),
    "cut_short": (
        "Telegram börjar, men slutar aldrig. Kontrollera kabel och matning.",
        "Telegrams begin, but never end. Check cable and supply."),
    "silent": (
        "Mätaren lästes till %s, sedan blev det tyst. Sitter kabeln i? Omnipower kan låsa sig: "
        "be då elnätsbolaget att starta om HAN-porten.",
        "The meter was read until %s, then it fell silent. Is the cable in? An Omnipower may lock "
        "up: then ask the grid company to restart the HAN port."),
}
