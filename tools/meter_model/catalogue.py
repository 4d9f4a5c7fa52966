"""The table of ASCII dialects: who writes which list, and how.

`<maker>-p1` are Swedish meters; other countries begin with their letters. Identifications follow
the pattern of the real ones with a number of our own. Where no telegram of a meter has been seen
(Itron), its list is the recommendation's and the identification an assumption.
"""

from . import lists
from .dialects import Dialect
from .meter import Habits

DEFAULT = "kamstrup-p1"

_NL = Habits(tariffs=(2, 1, 7, 23), letter="local")
_NL5 = _NL._replace(gas_ms=300_000)
_LOCAL = Habits(letter="local")
_EAST = Habits(letter="local", utc_offset=120)

DIALECTS = {
    # Sweden
    "kamstrup-p1": Dialect("Kamstrup OMNIPOWER", "KAM5", lists.h1(), lead="\r\n"),
    "omnia-p1": Dialect("Kamstrup OMNIA", "KAM5", lists.h1()),
    "aidon-p1": Dialect("Aidon 6534", "ADN9 6534", lists.h1(together=True),
                        Habits(register_ms=3_600_000)),
    "aidon-wh-p1": Dialect("Aidon 6560, units W and Wh", "ADN9 6560", lists.h1(
        varh="VArh", var="VAr", wh="Wh", w="W", together=True)
        + "\n1-0:0.4.2(1)\n1-0:0.4.3(001.00)"),
    "aidon-nocrc-p1": Dialect("Aidon 6534, early firmware: no checksum, no '*'", "ADN9 6534",
                              lists.h1(together=True), star="", crc="none"),
    "landisgyr-p1": Dialect("Landis+Gyr E360", "LGF5E360", lists.h1(together=True)),
    "sagemcom-p1": Dialect("Sagemcom S211", "ELL5\\253{short}_A",
                           lists.h1(varh="kvarh", var="kvar"), Habits(reactive="split")),
    "kaifa-p1": Dialect("Kaifa MA304", "KFM5KAIFA-METER", lists.h1(together=True)),
    "iskra-p1": Dialect("Iskraemeco AM550, E.ON's list", "ISk5\\2M550T-2006", lists.SE_ISKRA,
                        Habits(letter="none")),
    "itron-p1": Dialect("Itron A300 (identification assumed)", "ITR5A300",
                        lists.h1(varh="kvarh", var="kvar")),
    "sanxing-p1": Dialect("Sanxing S34U18", "AUX5U000{serial}",
                          "0-0:96.1.0({hexid}{hexid})\n"
                          + lists.h1("6.3", "kvarh", "kvar", together=True)),
    # Finland, Lithuania, Luxembourg, Hungary, Austria, Germany
    "fi": Dialect("Finland: Landis+Gyr E360", "LGF5E360", lists.h1(together=True), _EAST),
    "fi-nocrc": Dialect("Finland: E360 without checksum, empty line and line end", "LGF5E360",
                        lists.h1(together=True), _EAST, blank=False, crc="none", end=""),
    "lt": Dialect("Lithuania: Sagemcom, ESO's list", "ESO5\\253{short}_C", lists.LT, _EAST),
    "lu-smarty": Dialect("Luxembourg: Smarty, not encrypted", "Lux5\\253{short}_D", lists.LU,
                         _LOCAL),
    "hu": Dialect("Hungary: Sagemcom, E.ON's list", "SAG5SAG-METER", lists.HU, _LOCAL),
    "at-est": Dialect("Austria: Energie Steiermark", "EST5\\253{short}_A", lists.AT, _LOCAL),
    "de-q3d": Dialect("Germany: EasyMeter Q3D", "ESY5Q3DA1004 V3.04", lists.DE_Q3D, _LOCAL,
                      suffix="*255", crc="none", baud=9600, bits=7, parity="even", interval=2),
    "de-ace4000": Dialect("Germany: Itron ACE4000", "ACE5ACE4KGPRS", lists.DE_ACE,
                          Habits(tariffs=(1, 1, 0, 24)), suffix="*255", crc="none"),
    # The Netherlands
    "nl-dsmr22": Dialect("DSMR 2.2: Kamstrup 162", "KMP5 ZABF00{serial}",
                         lists.nl2("4.2", "999*A", True), _NL, blank=False, crc="none",
                         baud=9600, bits=7, parity="even"),
    "nl-dsmr22-iskra": Dialect("DSMR 2.2: Iskra MT382", "ISk5\\2MT382-1003",
                               lists.nl2("4.2", "0999.00*kW", True), _NL, crc="none",
                               baud=9600, bits=7, parity="even"),
    "nl-dsmr3": Dialect("DSMR 3.0: Iskra MT382", "ISk5\\2MT382-1000",
                        lists.nl2("3.2", "016*A", False), _NL, crc="none",
                        baud=9600, bits=7, parity="even"),
    "nl-dsmr4": Dialect("DSMR 4.2: Kaifa MA304", "KFM5KAIFA-METER", lists.NL_42, _NL),
    "nl-dsmr4-lower": Dialect("DSMR 4.2, checksum in small letters", "KFM5KAIFA-METER",
                              lists.NL_42, _NL, crc="lower"),
    "nl-dsmr4-1phase": Dialect("DSMR 4.2, one phase: Landis+Gyr E350", "XMX5LGBBFG10{serial}",
                               lists.NL_42_ONE_PHASE, _NL._replace(phases=1)),
    "nl-dsmr5": Dialect("DSMR 5.0: Iskra AM550", "ISK5\\2M550T-1012", lists.NL_50, _NL5,
                        interval=1),
    "nl-dsmr5-sagemcom": Dialect("DSMR 5.0: Sagemcom T210", "Ene5\\SAGEMCOM CX2000-",
                                 lists.NL_50, _NL5, interval=1),
    "nl-warmtelink": Dialect("Heat only; leading zeros of the checksum dropped",
                             "NWA-WARMTELINK", lists.NL_HEAT, _NL, crc="short"),
    # Belgium
    "be-fluvius": Dialect("Belgium: Sagemcom Siconia, month peaks", "FLU5\\253{short}_A",
                          lists.BE_FLUVIUS, _LOCAL._replace(gas_ms=300_000), interval=1),
    "be-fluvius-nostar": Dialect("Belgium: a gateway that drops the '*'", "FLU5\\253{short}_A",
                                 lists.BE_NO_STAR, _LOCAL, star="", interval=1),
    "be-wallonia": Dialect("Belgium: Iskraemeco MIE5", "ISk5\\2MIE5T-200", lists.BE_WALLONIA,
                           _LOCAL, interval=1),
    "be-e660": Dialect("Belgium: Landis+Gyr E660", "LG_E660_Fluvius_3N400V", lists.BE_E660,
                       _LOCAL, interval=1),
}


class UnknownMeter(ValueError):
    """No dialect of that name; the text lists the known ones."""


def find(name):
    """The Dialect of a name. Raises UnknownMeter with words for the user."""
    if name in DIALECTS:
        return DIALECTS[name]
    words = f'There is no meter "{name}".'
    if name.endswith(("-hdlc", "-mbus")):
        words = f'"{name}": binary meters cannot be simulated yet, only ASCII ones.'
    raise UnknownMeter(f"{words} Known: {', '.join(DIALECTS)}.")
