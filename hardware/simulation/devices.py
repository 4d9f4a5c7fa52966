"""Our own model cards, calibrated against data-sheet figures.

Cards that go round for the BC547 have TR near zero: a transistor that forgets its saturation at
once, with which every circuit looks perfect. Here TR follows from the storage time `ts_us` that a
data sheet's switching test (10 mA, both base currents 1 mA) would show; check_storage() proves it.

What the figures are (data-sheet values, 25 °C):
  MMBT3904, 2N3904  hFE >= 70 at 1 mA, 100-300 at 10 mA; VBE(sat) 0.65-0.85 V and VCE(sat) <= 0.2 V
                    at 10 mA; Cob <= 4 pF, Cib <= 8 pF; fT >= 300 MHz; ts <= 200 ns
  BC547, BC847      the same kind, Cob 3-5 pF, fT 100-300 MHz; ts is not specified: 450 ns typical
  BC557, BC857      PNP, as the BC547
  BSS84             Vth -0.8..-2.0 V, RDS(on) <= 10 ohm at -5 V and 100 mA
  Schottky          SS14 class, 0.36 V at 0.4 A
"""

from . import spice

TS_MMBT3904_US = 0.2
TS_BC547_US = 0.45
# Found with check_storage(): seconds of TR per microsecond of storage time, at hFE 200.
_TR_PER_US = 400e-9


def bjt(name, kind="NPN", hfe=200.0, ts_us=TS_MMBT3904_US, is_=6.0e-15, cjc=3.5e-12):
    """A .model line of a small-signal transistor with that storage time."""
    return (f".model {name} {kind}(IS={is_:.3e} BF={hfe:.1f} NF=1 VAF=90 IKF=0.07 ISE=6e-15 "
            f"NE=1.6 BR=4 NR=1 VAR=20 RB=15 RE=0.2 RC=1 CJE=6e-12 VJE=0.75 MJE=0.33 "
            f"CJC={cjc:.2e} VJC=0.6 MJC=0.33 FC=0.5 TF=0.42e-9 TR={ts_us * _TR_PER_US:.4e} "
            f"XTB=1.5 EG=1.11 XTI=3)")


def phototransistor(name, hfe, tau_us):
    """The meter's opto-coupler, saturating: `tau_us` makes it as slow as wanted (TR)."""
    return (f".model {name} NPN(IS=1e-14 BF={hfe:.1f} VAF=60 BR=5 RB=100 RC=5 RE=1 CJE=15e-12 "
            f"CJC=8e-12 VJC=0.6 MJC=0.4 TF=0.5e-9 TR={tau_us * 1e-6:.4e} XTB=1.5)")


def pmos(name, vth, r_on):
    """A small P-channel switch: KP from the on-resistance at -5 V."""
    kp = 1 / (r_on * (5 - abs(vth)))
    return f".model {name} PMOS(LEVEL=1 VTO={-abs(vth):.3f} KP={kp:.5e} LAMBDA=0.01)"


def tvs(name, cathode, volts, ohm, test_ma=1):
    """A unidirectional TVS, `cathode` to ground, measured by V<name>; forward 0.85 V at 1 A."""
    return f"""V{name} {cathode} {name}k2 0
D{name}r 0 {name}k2 {name}r
.model {name}r D(IS=1e-15 BV={volts:.4f} IBV={test_ma}m NBV=1.5 RS={ohm} CJO=800p)
D{name}f 0 {name}k2 {name}f
.model {name}f D(IS=5e-10 N=1.45 RS=0.03)"""


def shunt_reference(b):
    """U5, a TLV431-class shunt reference between k and ground with its reference at ref.

    Below its threshold it draws its idle current; above, a loop of `u5_us` makes it draw all that
    its cathode's resistor gives. It needs about 1 V at its cathode to conduct.
    """
    return f"""Iref ref 0 {b.u5_ref_ua}u
Bover over 0 V = max(0, min(1, 50 * (V(ref) - {b.u5_volts} - ({b.u5_per_volt})*(V(k) - 1.24))))
Rover over drive 1k
Cover drive 0 {b.u5_us}n
Bu5 k 0 I = (20m * V(drive) + {b.u5_idle_ua}u * max(0, min(1, V(ref) / 1.24)))
+ * (0.5 + 0.5 * tanh((V(k) - 1.1) * 8))
Ck k 0 10p"""


DIODE_GPIO = ".model dgpio D(IS=1e-14 RS=20 CJO=1e-12)"
# A P-channel switch's body diode; it breaks through some volts above 30.
BODY = ".model body D(IS=1e-11 N=1.1 RS=0.04 EG=1.11 XTI=3 BV=33 IBV=1m CJO=200p)"
SCHOTTKY = ".model schottky D(IS=3e-6 N=1.05 RS=0.11 CJO=120e-12 EG=0.69 XTI=2)"


def check_storage(ts_us, hfe=200.0):
    """Microseconds of storage that the card shows in the data sheet's own test."""
    deck = f"""* switching test: VCC 3 V, 10 mA, IB1 = IB2 = 1 mA
{bjt("q", hfe=hfe, ts_us=ts_us)}
Vcc v 0 3
Rc v c 275
Q1 c b 0 q
Ib 0 b PWL(0 1m 5u 1m 5.001u -1m 20u -1m)
Dclamp 0 b d
.model d D(IS=1e-12)
.save v(c)
.tran 1n 12u 0 2n
.end
"""
    plot = spice.run([deck])[0]
    low = plot["v(c)"][0]
    tenth = low + 0.1 * (3 - low)  # the collector current has fallen by a tenth
    for t, v in zip(plot["time"], plot["v(c)"]):
        if t > 5e-6 and v > tenth:
            return (t - 5e-6) * 1e6
    return float("inf")


def slow_rise_us(opto, temperature):
    """Microseconds from turn-off until a slow meter's output, on 1k to 5 V, is at 4 V."""
    microamps, hfe, tau = opto
    deck = f"""* the slow meter on the strongest pull-up that the standard allows
.temp {temperature}
{phototransistor("photo", hfe, tau)}
V5 v5 0 5
R1 v5 d 1000
C1 d 0 60p
Vctl ctl 0 PWL(0 1 5u 1 5.05u 0)
Bphoto 0 b I = {microamps}u*V(ctl)
Rb b 0 1e9
Q1 d b 0 photo
.save v(d)
.tran 0.02u 15u 0 0.02u
.end
"""
    plot = spice.run([deck])[0]
    return next((t * 1e6 - 5 for t, v in zip(plot["time"], plot["v(d)"]) if t > 5e-6 and v > 4),
                float("inf"))
