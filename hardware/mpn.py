"""Manufacturers' part numbers, decoded by their makers' own schemes into what the part is.

`facts("RC0603FR-074K7L")` is {"kind": "resistor", "ohms": 4700.0, "percent": 1.0, "watts": 0.1,
"package": "0603"}. A number whose scheme is not here must stand in datasheets.toml, else
UnknownNumber says so: a number that nobody can read is no number that a check may pass.
"""

import functools
import re

# EIA's inch size by the millimetre code that Murata, Samsung and TDK use.
_MURATA = {"15": "0402", "18": "0603", "21": "0805", "31": "1206", "32": "1210"}
_SAMSUNG = {"05": "0402", "10": "0603", "21": "0805", "31": "1206", "32": "1210"}
_TDK = {"1005": "0402", "1608": "0603", "2012": "0805", "3216": "1206", "3225": "1210"}
_PANASONIC = {"2": "0402", "3": "0603", "6": "0805", "8": "1206"}
_WATTS = {"0402": 0.063, "0603": 0.1, "0805": 0.125, "1206": 0.25}
_PERCENT = {"B": 0.1, "D": 0.5, "F": 1, "G": 2, "J": 5, "K": 10, "M": 20, "Z": 80}
# Rated voltage in IEC's code of a digit and a letter (Murata, TDK, Panasonic's electrolytics).
_IEC_VOLTS = {"0G": 4, "0J": 6.3, "1A": 10, "1C": 16, "1E": 25, "1V": 35, "YA": 35, "1H": 50,
              "2A": 100}
_SAMSUNG_VOLTS = {"R": 4, "Q": 6.3, "P": 10, "O": 16, "A": 25, "L": 35, "B": 50, "C": 100}
_YAGEO_VOLTS = {"4": 4, "5": 6.3, "6": 10, "7": 16, "8": 25, "9": 50, "0": 100}
_MURATA_FILM = {"5C": "C0G", "R6": "X5R", "R7": "X7R", "C7": "X7S", "C8": "X6S", "D7": "X7T"}
_SAMSUNG_FILM = {"C": "C0G", "A": "X5R", "B": "X7R", "X": "X6S", "Y": "X7S", "F": "Y5V"}
_ZENER_PERCENT = {"A": 1, "B": 2, "C": 5}
_PTC_PACKAGE = {"MSMF": "1812", "NSMF": "1206", "PSMF": "0805", "USMF": "1210", "FSMF": "0603"}
_PITCH = {"5": "2", "6.3": "2.5", "8": "3.5", "10": "5"}  # of a radial can's wires, mm
_MULTIPLIER = {"R": 1, "K": 1e3, "M": 1e6}


class UnknownNumber(Exception):
    """No scheme fits; the text says what to do."""


def _letter(code):
    """`4K7`, `27R`, `100K`, `4K70`: the letter stands where the point would."""
    whole, letter, rest = re.fullmatch(r"(\d+)([RKM])(\d*)", code).groups()
    return round(float(f"{whole}.{rest or 0}") * _MULTIPLIER[letter], 3)


def _digits(code):
    """`4701`, `472`, `27R0`: figures and a power of ten; R is a point, J and K are tenths."""
    if "R" in code:
        return float(code.replace("R", "."))
    power = {"J": -1, "K": -2}.get(code[-1])
    return round(int(code[:-1]) * 10.0 ** (int(code[-1]) if power is None else power), 3)


def _farads(code):
    return round(_digits(code) * 1e-12, 15)


def _resistor(package, ohms, tolerance):
    return {"kind": "resistor", "ohms": ohms, "percent": _PERCENT[tolerance],
            "watts": _WATTS[package], "package": package}


def _capacitor(package, code, tolerance, volts, dielectric):
    return {"kind": "capacitor", "farads": _farads(code), "percent": _PERCENT[tolerance],
            "volts": volts, "dielectric": dielectric, "package": package}


def _rubycon(volts, micro, diameter):
    return {"kind": "electrolytic", "farads": round(int(micro) * 1e-6, 9), "percent": 20,
            "volts": float(volts), "package": radial(diameter, _PITCH[diameter])}


def radial(diameter, pitch):
    """What package_of() and the schemes call a radial can."""
    return f"radial {float(diameter):g} mm, pitch {float(pitch):g} mm"


def _module(chip, form, grade, flash, psram):
    """Espressif: N and H are 85 and 105 °C, R2 is quad PSRAM on an S3, R8 and more octal."""
    ram = int(psram or 0)
    return {"kind": "module", "chip": chip, "form": form, "flash_mb": int(flash), "psram_mb": ram,
            "bus": "none" if not ram else "octal" if ram >= 8 else "quad",
            "celsius": 105 if grade == "H" else 65 if ram >= 8 else 85,
            "package": f"ESP32-{chip}-{form.removesuffix('U')}"}


def _tvs(family, volts, both):
    return {"kind": "TVS", "stand_off": float(volts),
            "direction": "both" if both else "one", "pins": "A1 A2" if both else "K A",
            "package": family[:3]}


def _zener(package, tolerance, volts):
    return {"kind": "zener", "zener_volts": float(volts.upper().replace("V", ".")),
            "percent": _ZENER_PERCENT[tolerance], "package": package,
            **({"pins": "K A"} if package.startswith("SOD") else {})}


def _ptc(package, hundredths, volts):
    found = {"kind": "PTC", "hold_amps": int(hundredths) / 100, "package": package}
    return {**found, "volts": int(volts)} if volts else found


# (scheme, what its groups make). The first that fits the whole number is taken.
_SCHEMES = (
    # Yageo RC, Vishay CRCW, Panasonic ERJ (1 % and 5 %), Uni-Royal: thick-film chip resistors
    (r"RC(0402|0603|0805|1206)([BDFJ])R-(?:07|10|13)(\d+[RKM]\d*)L",
     lambda size, tol, code: _resistor(size, _letter(code), tol)),
    (r"CRCW(0402|0603|0805|1206)(\d+[RKM]\d*)([DFJ])[KN](?:EA|EB|EC|TA)",
     lambda size, code, tol: _resistor(size, _letter(code), tol)),
    (r"ERJ-?([2368])(?:RK|EK|EN)F(\d{4}|\d+R\d+)[VX]",
     lambda size, code: _resistor(_PANASONIC[size], _digits(code), "F")),
    (r"ERJ-?([2368])GEYJ(\d{3}|\d+R\d+)[VX]",
     lambda size, code: _resistor(_PANASONIC[size], _digits(code), "J")),
    (r"(0402|0603|0805|1206)W(?:GF|AF|8F|4F)(\d{3}[0-9JK])T5E",
     lambda size, code: _resistor(size, _digits(code), "F")),
    # Samsung CL, Murata GRM, Yageo CC, TDK C: ceramic chip capacitors
    (r"CL(05|10|21|31|32)([CABXYF])(\d{3}|\dR\d)([BDFGJKMZ])([RQPOALBC])\w[NC]\w{2,3}[CEGL]",
     lambda size, film, code, tol, volts: _capacitor(
         _SAMSUNG[size], code, tol, _SAMSUNG_VOLTS[volts], _SAMSUNG_FILM[film])),
    (r"GRM(15|18|21|31|32)\w(5C|R6|R7|C7|C8|D7)(\w\w)(\d{3}|\dR\d)([BDFGJKMZ])\w{3}[DJKL]",
     lambda size, film, volts, code, tol: _capacitor(
         _MURATA[size], code, tol, _IEC_VOLTS[volts], _MURATA_FILM[film])),
    (r"CC(0402|0603|0805|1206|1210)([BDFGJKMZ])[RKPC](X5R|X7R|X7S|NPO)(\d)B[BN](\d{3}|\dR\d)",
     lambda size, tol, film, volts, code: _capacitor(
         size, code, tol, _YAGEO_VOLTS[volts], film.replace("NPO", "C0G"))),
    (r"C(1005|1608|2012|3216|3225)(C0G|X5R|X6S|X7R|X7S)(\d\w)(\d{3}|\dR\d)([BDFGJKMZ])\d{3}A[A-F]",
     lambda size, film, volts, code, tol: _capacitor(
         _TDK[size], code, tol, _IEC_VOLTS[volts], film)),
    # Panasonic's radial electrolytics; the can's size is in the data sheet only
    (r"EEU-?(?:FC|FM|FR|FS|FT)(0J|1A|1C|1E|1V|1H)(\d{3})(?:[LS]?[BH]?)",
     lambda volts, code: {"kind": "electrolytic", "farads": round(_farads(code) * 1e6, 9),
                          "percent": 20, "volts": _IEC_VOLTS[volts]}),
    # Rubycon's: volts, microfarads, diameter by length
    (r"([\d.]+)(?:ZL[HJQ]?|YX[FGJ])(\d+)MEFC([\d.]+)X[\d.]+", _rubycon),
    # TVS by their stand-off voltage, CA clamps both ways; zeners; Littelfuse's and Bourns's PTC
    (r"(SM[AB]J)(\d+(?:\.\d)?)(C?)A(?:-E3/(?:61|5A|52|5B)|-M3/(?:61|5A)|-13-F|-TR|-HF|-Q)?",
     _tvs),
    (r"BZT52([BC])(\d+V\d|\d\d)(S?)(?:-7|-13|-TP)?(?:-F)?",
     lambda tol, volts, small: _zener("SOD-323" if small else "SOD-123", tol, volts)),
    (r"BZX84-?([ABC])(\d+V\d|\d\d)(?:,215|LT1G|-7-F)?",
     lambda tol, volts: _zener("SOT-23", tol, volts)),
    (r"BZX384-([ABC])(\d+V\d|\d\d)(?:,115)?", lambda tol, volts: _zener("SOD-323", tol, volts)),
    (r"(0603|0805|1206|1210|1812|2920)L(\d{3})(?:/(\d+))?(?:[A-Z]{2}|TH[A-Z]{2})", _ptc),
    (r"MF-(MSMF|NSMF|PSMF|USMF|FSMF)(\d{3})(?:/(\d+))?X?(?:-2)?",
     lambda family, amps, volts: _ptc(_PTC_PACKAGE[family], amps, volts)),
    # Linear regulators: the voltage is in the number, limits are in the data sheet
    (r"(?:LDL1117S|LD1117S)(\d\d)(?:T?R)",
     lambda volts: {"kind": "LDO", "out_volts": int(volts) / 10, "package": "SOT-223"}),
    (r"TLV1117(?:LV)?(\d\d)(?:DCYR|IDCYR|CDCYR)",
     lambda volts: {"kind": "LDO", "out_volts": int(volts) / 10, "package": "SOT-223"}),
    (r"ESP32-(S2|S3|C3|C6)-(WROOM-1U?|WROOM-02U?|MINI-1U?)-([NH])(\d+)(?:R(\d+))?", _module),
    # Not a number but a description that a buyer can fill: part of the facts only
    (r"any (\d{4}) ([\d.]+) % ([\d.]+) W: .*",
     lambda size, percent, watts: {"kind": "resistor", "percent": float(percent),
                                   "watts": float(watts), "package": size}),
    (r".*CRCW(0402|0603|0805|1206) series", lambda size: {"kind": "resistor", "package": size}),
    (r".*ERJ-([2368])(?:EK|EN|RK)F series",
     lambda size: {"kind": "resistor", "percent": 1, "package": _PANASONIC[size]}),
    (r"any (\d+) uF ([\d.]+) V .*",
     lambda micro, volts: {"kind": "electrolytic", "farads": round(int(micro) * 1e-6, 9),
                           "volts": float(volts)}),
)
_COMPILED = [(re.compile(scheme), make) for scheme, make in _SCHEMES]


@functools.cache
def decode(number):
    """What a number says by its maker's scheme, not to be written to; None if no scheme fits."""
    for scheme, make in _COMPILED:
        match = scheme.fullmatch(number)
        if match:
            try:
                return make(*match.groups())
            except (KeyError, AttributeError, ValueError):
                return None  # the form fits, but a code in it is none of the maker's
    return None


def is_description(text):
    """Whether an alternate is a class of parts and not one number."""
    return text.startswith("any ") or text.endswith(" series")


def facts(number, sheets):
    """What a part is, from its number and from `sheets` (number -> facts of its data sheet)."""
    decoded, told = decode(number), sheets.get(number)
    if decoded is None and told is None:
        raise UnknownNumber(f"{number}: no maker's scheme fits this number, and datasheets.toml "
                            "does not have it: look it up there, or mend the number")
    decoded, told = decoded or {}, told or {}
    for key in decoded.keys() & told.keys():
        if not _alike(decoded[key], told[key]):
            raise UnknownNumber(f"{number}: its number says {key} {decoded[key]}, "
                                f"datasheets.toml says {told[key]}")
    return {**decoded, **told}


def _alike(one, other):
    """Equal; a fuse of 0.125 A is called 012."""
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= 0.05 * abs(other)
    return one == other


_VALUE = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "R": 1, "": 1, "k": 1e3, "M": 1e6}


def quantity(text):
    """`4k7` is 4700, `100n` is 1e-7, `2R2` is 2.2; None if it is no quantity."""
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([pnumRkM]?)(\d*)", text)
    if not match or (match[2] and match[4]):
        return None
    whole, rest, unit, after = match.groups()
    return round(float(f"{whole}.{rest or after or 0}") * _VALUE[unit], 15)


def value_says(value, kind):
    """The facts that a value in the schematic states, for the kinds whose value is a quantity."""
    if kind in ("resistor", "capacitor", "electrolytic"):
        return {"ohms" if kind == "resistor" else "farads": quantity(value)}
    if kind == "PTC":
        match = re.fullmatch(r"([\d.]+) A(?:, (\d+) V)?", value)
        found = {"hold_amps": float(match[1]) if match else None}
        return {**found, "volts": float(match[2])} if match and match[2] else found
    if kind == "LED":
        return {"colour": value.partition(",")[0]}
    volts = re.match(r"([\d.]+) V\b", value)  # else its name
    if kind == "zener" and volts:
        return {"zener_volts": float(volts[1])}
    return {}
