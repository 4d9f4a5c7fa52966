"""Pin 1 and the supply, judged: what simulate.py writes into its report about them."""

from . import disconnect, feed, overvoltage, power, protection, pulses, regulator, reversal
from .circuits import SIMULATION
from .protection import PARTS, PIN_1

_POWER = SIMULATION["power"]
_FEED = "FEED"


def threshold(checks, runs):
    """Where Q6 opens and closes, over tolerances and temperature."""
    builds = disconnect.extremes() + [disconnect.draw(n) for n in range(runs)]
    found = disconnect.run(builds)
    name = f"disconnect, {len(builds)} builds and extremes"
    low, high = PIN_1["ovp_limits"]
    checks.add(f"{name}: opens at, least, V", min(f.opens for f in found), ">=", low)
    checks.add(f"{name}: opens at, most, V", max(f.opens for f in found), "<=", high)
    checks.add(f"{name}: closes again at, least, V", min(f.closes for f in found), ">=", 5.5)
    checks.add(f"{name}: Q6's gate while a port gives 5.5 V, V", max(f.gate for f in found),
               "<=", 0.5)
    begin = disconnect.low()
    checks.add("disconnect: Q6 conducts from, V", begin.on_from, "<=", 3.0)
    checks.add("disconnect: Q6 while a port comes up slowly, W", begin.watt, "<=",
               PARTS["q6_watt"])


_EVERY_EVENT = (("q6_vgs", "Q6's gate, V", PARTS["q6_vgs"]), ("q6_mj", "Q6, mJ", 10.0),
                ("q7_ma", "Q7, mA", PARTS["q7_most_ma"]), ("u5_v", "U5's cathode, V",
                                                           PARTS["u5_most_v"]),
                ("u5_ma", "U5, mA", PARTS["u5_most_ma"]), ("d2_a", "D2, A", PARTS["d2_most_a"]),
                ("d2_mj", "D2, mJ", PARTS["tvs_joule"] * 1000),
                ("d7_a", "D7, A", PARTS["d7_most_a"]),
                ("d7_mj", "D7, mJ", PARTS["tvs_joule"] * 1000))


def overvoltages(checks):
    """15 V in every way; then for ever."""
    found, plots = overvoltage.run()
    least, *_, most = PARTS["ports_a"]
    for key, event in overvoltage.EVENTS.items():
        stress, where = found[key], f"{event.title}, behind {least} to {most:.0f} A"
        checks.add(f"{where}: PIN1 and Q6, V", max(stress.p1, stress.q6_vds), "<=",
                   PARTS["q6_vds"])
        checks.add(f"{where}: U4's OUT, V", stress.u4_out, "<=", PARTS["u4_most_v"])
        checks.add(f"{where}: +5 V (U4's IN, U2, C9), V", stress.v5, "<=", PARTS["u4_most_v"])
        checks.add(f"{where}: peak through F1, A", stress.f1_a)
        checks.add(f"{where}: what flows on, mA", stress.stays_ma, "<=", event.flows_ma)
    for field, what, limit in _EVERY_EVENT:
        checks.add(f"15 V, the greatest of all these: {what}",
                   max(getattr(stress, field) for stress in found.values()), "<=", limit)
    checks.add("15 V, TAKE: C9, V", found["step_take"].v5, "<=", PARTS["c9_volts"])
    for part, watt in overvoltage.at_rest().items():
        checks.add(f"15 V for ever: {part}, W", watt, "<=", 0.5 if part == "all" else 0.1)
    return plots


def cords(checks):
    """A rolled cord, and sources the wrong way round."""
    found = reversal.run()
    ports = [r for r in found if r.amperes == PARTS["ports_a"][0]]
    checks.add("rolled cord at a P1 port: D10 for ever, W", max(r.d10_watt for r in ports), "<=",
               0.5)
    checks.add("wrong way round, up to 15 V and 3 A: D10 until F1 trips, °C",
               max(r.d10_degrees for r in found), "<=", 125)
    checks.add("wrong way round, up to 15 V and 3 A: F1 trips after, most, s",
               max(r.trips_s for r in found if r.amperes == PARTS["ports_a"][-1]), "<=", 10)
    checks.add(f"wrong way round, {reversal.VOLTS[0]} V: flows on once F1 has tripped, mA",
               PARTS["f1_watt"] / reversal.VOLTS[0] * 1000, "<=", PARTS["ports_a"][0] * 1000)
    for volts in reversal.VOLTS:
        how = (">=", PARTS["u4_least_v"]) if volts < 6 else ()
        checks.add(f"wrong way round, {volts} V: U4's OUT, least, V",
                   min(r.u4_out for r in found if r.volts == volts), *how)
    fed = reversal.fed()
    checks.add(f"{_FEED} into a rolled cord: U4, mA", fed.ma, "<=", PARTS["feed_most_ma"])
    checks.add(f"{_FEED} into a rolled cord: U4, until FAULT, W", fed.watt)


def fast_pulses(checks):
    """ESD and EFT on pin 1."""
    for title, pulse in pulses.run():
        checks.add(f"{title}: PIN1, first nanosecond, V", pulse.p1)
        checks.add(f"{title}: PIN1, 20 ns later, V", pulse.later, "<=", PARTS["q6_vds"])
        checks.add(f"{title}: Q6's gate, V", pulse.q6_vgs, "<=", PARTS["q6_vgs"])
        checks.add(f"{title}: Q6 breaking through, uJ", pulse.q6_j * 1e6, "<=", 100)
        checks.add(f"{title}: U4's OUT, V", pulse.u4_out, "<=", 0.3)
        checks.add(f"{title}: U5's cathode, V", pulse.u5_v, "<=", PARTS["u5_most_v"])
        checks.add(f"{title}: D2, A", pulse.d2_a, "<=", PARTS["tvs_surge_a"])


def feeding(checks):
    """FEED: what reaches the meter, a short, a module's capacitor, a port that gives as well."""
    least, usual, most = protection.limit_ma()
    checks.add(f"{_FEED}: U4's limit, least, mA", least, ">=", PARTS["feed_ma"] + 20)
    checks.add(f"{_FEED}: U4's limit, usual, mA", usual)
    checks.add(f"{_FEED}: U4's limit, most, mA", most, "<=", PARTS["feed_most_ma"])
    fed = feed.steady()
    where = f"{_FEED}, {PARTS['feed_ma']} mA from 5.0 V, worst F1 and temperature"
    checks.add(f"{where}: our pin 1, V", min(f.at_pin for f in fed.values()), ">=",
               PARTS["feed_least_v"])
    for metres, volts in fed.items():
        checks.add(f"{where}: the meter's pin 1 after {metres} m, V", volts.at_meter, ">=", 4.4)
    weak = feed.steady(_POWER["usb_weak"][0])
    checks.add(f"{_FEED}, +5 V of {_POWER['usb_weak'][0]} V: our pin 1, V",
               min(f.at_pin for f in weak.values()))
    enable = 0.5e-6 * PIN_1["feed_pull_down"]
    checks.add(f"{_FEED}: U4's EN in reset, its own current through R25, V", enable, "<=", 0.6)
    _short(checks)
    for uf, (ms, v5) in feed.start((10, 100, 470)).items():
        checks.add(f"{_FEED} starts into a module of {uf} uF: 4.75 V after ms", ms, "<=", 100)
        checks.add(f"{_FEED} starts into a module of {uf} uF: +5 V, least, V", v5, ">=", 4.4)
    against = feed.against()
    checks.add(f"{_FEED} at 4.7 V, and the port gives 5.5 V: comes back, mA", against.back_ma,
               "<=", PARTS["ports_a"][0] * 1000)
    checks.add(f"{_FEED} at 4.7 V, and the port gives 5.5 V: +5 V, most, V", against.v5, "<=", 5.6)
    checks.add(f"{_FEED} at 4.7 V, and the port gives 5.5 V: does U4 notice",
               against.over_v > PARTS["u4_reverse_v"][0])
    _sense(checks)


def _short(checks):
    shorted = feed.short()
    where = f"{_FEED}, a short at pin 1"
    checks.add(f"{where}: peak, A", shorted.peak_a)
    checks.add(f"{where}: U4 holds it at, mA", shorted.ma, "<=", PARTS["feed_most_ma"])
    checks.add(f"{where}: U4, W", shorted.watt)
    checks.add(f"{where}: U4 at 70 °C would reach, but opens at {PARTS['u4_hot']}, °C",
               SIMULATION["temperature"][1] + shorted.watt * PARTS["u4_k_per_w"])
    checks.add(f"{where}: U4 until FAULT is low, mJ", shorted.joule * 1000, "<=", 10)
    checks.add(f"{where}: limits for longer than FAULT's blanking, ms", shorted.limiting_ms, ">=",
               PARTS["u4_blank_ms"][1])
    checks.add(f"{where}: +5 V, least, V", shorted.v5, ">=", 4.4)


def _sense(checks):
    dead, _ = feed.dead_port()
    error, at_five = feed.sense_error()
    checks.add("PIN1_SENSE, a dead port at 70 °C with every leak, V", dead)
    checks.add("PIN1_SENSE: divider and ADC together, at 0.5 V, off by V", error)
    checks.add("PIN1_SENSE: a dead port as it is read, most, V", dead + error, "<=",
               PARTS["sense_dead_v"])
    checks.add("PIN1_SENSE: a port of 4.4 V as it is read, least, V", 4.4 - at_five, ">=", 3.0)


def supplies(checks):
    """Sag of +3.3 V under Wi-Fi's pulses, for each way to feed the dongle; USB's first moment."""
    for dip in _POWER["ldo_dip_mv"]:
        found, above = regulator.check_dip(dip)
        checks.add(f"regulator's loop, {dip} mV: dips so in its test, off by, mV",
                   abs(found - dip), "<=", 5)
        checks.add(f"regulator's loop, {dip} mV: does not ring, mV above", above, "<=", 10)
    found = power.run()
    least = _POWER["module_least"]
    for key, sag in found.items():
        title = power.CASES[key].title
        how = () if key in ("take_bare", "take_least") else (">=", least)
        checks.add(f"supply, {title}: lowest +3.3 V, V", sag.v33, *how)
        checks.add(f"supply, {title}: lowest +5 V, V", sag.v5)
        if key.startswith("take") and key != "take_bare":
            checks.add(f"supply, {title}: Q6 stays on, most across it, V", sag.q6, "<=", 0.2)
    checks.add("supply, weak USB cable: above the brown-out detector's highest level, V",
               found["weak"].v33 - _POWER["brown_out"], ">=", 0.2)
    checks.add("supply, weak USB cable, U2 at its least: lowest +3.3 V, V",
               found["weak"].v33 - (3.3 - SIMULATION["vdd"][0]), ">=", least)
    checks.add("supply, TAKE without its capacitor: does it live through the pulses",
               found["take_bare"].ran)
    usb = regulator.inrush()
    checks.add("USB plugged in: VBUS on every cable, most, V", usb.vbus, "<=", PARTS["q6_vgs"])
    checks.add("USB plugged in: +5 V, most, V", usb.v5, "<=", SIMULATION["usb"]["most_v"])
    rule = 5 * SIMULATION["usb"]["device_uf"]
    checks.add("USB plugged in: charge beyond 100 mA, uC", usb.microcoulomb, "<=", rule)
    checks.add("USB plugged in: current while +5 V rises, most, A", usb.ampere)
    checks.add("USB plugged in: +3.3 V is there after, most, ms", usb.ready_ms, "<=", 100)
    checks.add("USB plugged in: lowest +3.3 V if the module starts at its peak, V", usb.v33, ">=",
               least)
    return found
