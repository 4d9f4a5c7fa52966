"""What is seen on the meter's line and what to do about it, in Swedish and in English.

Imported when the state changes, and forgotten again. Codes: DESIGN.md.
"""

_WORDS = {
    "ok": (
        "Mätaren läses.",
        "The meter is being read."),
    "never": (
        "Inget har kommit från mätaren än. Är porten aktiverad? Det gör elnätsbolaget: fråga dem. "
        "Kontrollera kabeln (rak, 6 ledare) och att porten är en P1/HAN-port; portens modul kan "
        "också sakna matning.",
        "Nothing has come from the meter yet. Is the port activated? The grid company does that: "
        "ask them. Check the cable (straight, 6 wires) and that the port is a P1/HAN port; the "
        "port's module may also lack supply."),
    "ident_only": (
        "Bara mätarens första rad kommer: portens modul saknar troligen matning. Låt stift 1 vara "
        "öppet; be elnätsbolaget om modulens datablad och om samtycke. Mät med kabeln urdragen "
        "mellan stift 1 och stift 6: bara om det stannar under 0,5 V får strömbegränsade 5 V "
        "genom en diod matas in med bygeln FEED; aldrig där porten ger spänning.",
        "Only the meter's first line comes: the port's module probably lacks supply. Leave pin 1 "
        "open; ask the grid company for its data sheet and consent. With the cable out, measure "
        "pin 1 to pin 6: only if it stays below 0.5 V may a current-limited, diode-isolated 5 V "
        "be fed by the FEED strap; never where the port gives voltage."),
    "garbage_polarity": (
        "Det kommer tecken som ser ut som ett telegram med omvända nivåer. Ändra meter.invert "
        "(on/off), eller sätt meter.baud till 0: då hittas allt av sig självt.",
        "Bytes come that look like a telegram with its levels the wrong way round. Change "
        "meter.invert (on/off), or set meter.baud to 0: then all is found by itself."),
    "garbage_baud": (
        "Det kommer tecken, men mätaren sänder med en annan hastighet%s. Sätt meter.baud till "
        "mätarens, eller till 0: då prövas 115200, 9600 och 2400.",
        "Bytes come, but the meter sends at another speed%s. Set meter.baud to the meter's, or to "
        "0: then 115200, 9600 and 2400 are tried."),
    "garbage_pullup": (
        "Det kommer tecken, men varken hastighet, polaritet eller paritet förklarar varför inget "
        "telegram går att läsa: troligen för svagt pull-up-motstånd (1 till 3 kΩ brukar räcka), "
        "annars kabeln, eller ingen P1/HAN-port.",
        "Bytes come, but neither speed nor polarity nor parity explains why no telegram can be "
        "read: probably too weak a pull-up (1 to 3 kΩ will usually do), else the cable, or no "
        "P1/HAN port."),
    "checksum": (
        "Telegram kommer, men kontrollsumman stämmer inte i %d av %d%s. Kontrollera kabel, "
        "pull-up-motstånd och matning; sänder mätaren ingen kontrollsumma, sätt meter.crc till "
        "off.",
        "Telegrams come, but the checksum does not match in %d of %d%s. Check cable, pull-up and "
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
    "parity": (
        "Hastigheten stämmer, men databitar eller paritet gör det inte. Ändra meter.bits och "
        "meter.parity (8 none, 8 even och 7 even finns), eller sätt meter.baud till 0.",
        "The speed is right, but data bits or parity are not. Change meter.bits and meter.parity "
        "(8 none, 8 even and 7 even exist), or set meter.baud to 0."),
    "cut_short": (
        "Telegram börjar, men slutar aldrig. Kontrollera kabel, pull-up-motstånd och portens "
        "matning.",
        "Telegrams begin, but never end. Check cable, pull-up and the port's supply."),
    "silent": (
        "Mätaren lästes till %s, sedan blev det tyst. Sitter kabeln i? Annars har porten kanske "
        "låst sig (känt hos Kamstrup Omnipower). Att sända till elnätsbolaget: ”HAN-porten på min "
        "elmätare slutade sända %s. Kabel och läsare är kontrollerade. Kan ni starta om porten, "
        "eller mätarens HAN-modul?”",
        "The meter was read until %s, then it fell silent. Is the cable in? Else the port may "
        "have locked up (known of Kamstrup Omnipower). To send to the grid company: “The HAN port "
        "of my meter stopped sending at %s. Cable and reader have been checked. Could you restart "
        "the port, or the meter's HAN module?”"),
}


def words(state, until, share, speed):
    """(Swedish, English) for a code. `until`: ISO time of the newest telegram; `share`: damaged
    telegrams, of how many, since when (ISO time or None); `speed`: bit/s that the line seems to
    have, or 0.
    """
    sv, en = _WORDS[state]
    if state == "silent":
        until = until or "????-??-?? ??:??"
        clock, whole = until[11:16], until[:10] + " " + until[11:16]
        return sv % (clock, whole), en % (clock, whole)
    if state == "checksum":
        bad, total, since = share
        clock = since[11:16] if since else ""
        return (sv % (bad, total, " sedan " + clock if clock else ""),
                en % (bad, total, " since " + clock if clock else ""))
    if state == "garbage_baud":
        return (sv % (", omkring %d bit/s" % speed if speed else ""),
                en % (", about %d bit/s" % speed if speed else ""))
    return sv, en
