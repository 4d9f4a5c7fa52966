"""What is known of meters and grid companies: the table behind docs/meters.md (meters_doc.py).

`corpus` names the telegrams of ../shared/telegrams that show this meter (country and meter of its
index): {kind of evidence: how many}; test_meters_doc.py holds the counts against the index.
`model` is its dialect in meter_model.
"""

from typing import NamedTuple


class Known(NamedTuple):
    """A row: meter, its port ("RJ12", "M-Bus" …), what it sends, companies, evidence, advice."""

    meter: str
    model: str
    port: str
    sends: str
    companies: str = ""
    corpus: tuple = ()
    owner: str = "nothing"
    quirks: str = ""


P1 = "P1 text"

SWEDEN = (
    Known("Kamstrup OMNIPOWER", "kamstrup-p1", "RJ12 module", P1 + ", 27 lines, no meter number",
          "Telge Nät [4] ?, Malungs elnät [5] ?, Trollhättan Energi [13]",
          ("SE/kamstrup_omnipower_p1",), "nothing",
          "Port without power, and the module may want supply of its own (`ident_only`). CR LF "
          "before `/`. Reactive power netted over the phases. Known to fall silent until the "
          "grid company restarts the port."),
    Known("Kamstrup OMNIPOWER", "kamstrup-hdlc", "RJ12 module",
          "Kamstrup_V0001: power each 10 s, registers once an hour",
          "Gävle Energi [3], Sollentuna Energi [3], Telge Nät [4] ?, Sandviken Energi [7] ?",
          ("SE/kamstrup_v0001_amshan", "NO/kamstrup_v0001_list1"),
          "nothing, once Wh or 10 Wh is proven (hours); else `meter.energy_unit`",
          "No scaler: registers in Wh or 10 Wh as the company chose, left out until proven. "
          "Behind current transformers thousandths of an ampere, and a firmware of 2025 sends "
          "hundredths of a volt: both told by the numbers. Clock at UTC+1 all year, no deviation "
          "stated."),
    Known("Kamstrup OMNIA", "omnia-p1", "RJ12", P1, "Göteborg Energi [14]",
          ("SE/kamstrup_omnia_p1", "NO/kamstrup_omnia_p1"), "nothing",
          "Some send the letter S in summer though their clock stays at UTC+1."),
    Known("Aidon 6442, 6490, 6492, 6534 (RJ12)", "aidon-p1", "RJ12", P1 + ' ("EFS2")',
          "Eskilstuna Energi och Miljö [1], SEVAB [1], Tekniska verken [1, 10]",
          ("SE/aidon_6534_p1", "SE/aidon_6534_doc", "SE/aidon_6511_doc", "SE/aidon_6550_doc"),
          "nothing", "Registers change once an hour. A blank in the identification."),
    Known("Aidon 6534, early firmware", "aidon-nocrc-p1", "RJ12", P1 + " without checksum", "",
          ("SE/aidon_6534_p1_nocrc",), "`meter.crc = off`", "Damage cannot be told."),
    Known("Aidon 6560, 7560 (transformers)", "aidon-wh-p1", "RJ12",
          P1 + " in W and Wh, or MWh with 8.3 digits", "Tekniska verken [1]",
          ("SE/aidon_6560_p1", "SE/aidon_7560_doc"), "nothing",
          "May show primary or secondary values; the ratios are in two lines of their own."),
    Known('Aidon 6534, older list ("EFS")', "aidon-hdlc", "RJ12",
          "HDLC: the same 27 values, each with scaler and unit", "Tekniska verken until 2022 [2]",
          ("SE/aidon_efs", "SE/aidon_efs_node"), "nothing", "581 bytes in one frame."),
    Known("the same, in segments", "aidon-segments-hdlc", "RJ12", "HDLC over three frames", "",
          ("SE/aidon_efs_segmented", "SE/aidon_efs_segmented_stream"), "nothing", ""),
    Known("Landis+Gyr E360", "landisgyr-p1", "RJ12", P1, "E.ON [1], Värnamo Energi [11]",
          ("SE/lg_e360_p1",), "nothing", "Older firmware falls silent after a while [2]."),
    Known("Sagemcom S211, T211", "sagemcom-p1", "RJ12", P1,
          "Ellevio [1], Skånska Energi [1]", ("SE/sagemcom_s211_p1",), "nothing",
          "Reactive power of both directions at once; the totals are as sent."),
    Known("Kaifa MA304H4E, CL109", "kaifa-p1", "RJ12", P1,
          "Nacka Energi [1, 2], Öresundskraft [2]", ("SE/kaifa_ma304_p1",), "nothing", ""),
    Known("Kaifa MA304H4, MA304H4D", "kaifa-hdlc", "M-Bus",
          "KFM_001 with OBIS codes, no scalers; mA, 0.1 V, Wh", "Mälarenergi [1, 16]",
          ("SE/kaifa_hassams",), "nothing",
          "**27 V on the port [2]: an M-Bus receiver between, or the ESP32 dies.** States its "
          "deviation (UTC+1). Line speed assumed 2400 8E1, as in Norway."),
    Known("Kaifa MA304T4 (transformers)", "kaifa-ct-hdlc", "M-Bus", "the same, 64-bit energies",
          "", (), "nothing", "As above."),
    Known("Iskraemeco AM550", "iskra-p1", "RJ12", P1 + ", E.ON's own list",
          "E.ON (does not activate the port [1])", ("SE/iskra_am550_p1",), "nothing",
          "Date and time in two lines of their own, which are not used: no `time`."),
    Known("Itron A300", "itron-p1", "RJ12", P1 + " (assumed)", "Borås Elnät [2]"),
    Known("Sanxing S34U18 (SX631)", "sanxing-p1", "RJ12", P1 + ", meter number first",
          "Vattenfall [2]", (), "nothing", "Lines over 60 bytes; the id comes hex-coded twice."),
    Known("Aidon with RJ45 (6474 … 6484, 65xx)", "no-aidon-hdlc", "M-Bus",
          "HAN-NVE lists as in Norway (as are the telegrams here)",
          "Tekniska verken [10], Norrtälje Energi [9], Skellefteå Kraft [17], Dala Energi [12] ?",
          ("NO/aidon_list2", "NO/aidon_list3", "NO/aidon_tn", "NO/list288_hassams"), "nothing",
          "**24 V on RJ45: not this dongle without an M-Bus receiver.**"),
)
ABROAD = (
    Known("Norway: Aidon 6515, 6525, 6534", "no-aidon-hdlc", "M-Bus",
          "HAN-NVE lists of 2.5 s, 10 s, 1 h; scalers; 10 Wh", "",
          ("NO/aidon_list2", "NO/aidon_list3", "NO/aidon_tn", "NO/list288_hassams"), "nothing",
          "States deviation 0 and runs at UTC+1. L2 current absent on IT nets."),
    Known("Norway: Kaifa MA304H3E, MA105H2E", "no-kaifa-hdlc", "M-Bus",
          "KFM_001 by position, lists 1, 2, 3", "",
          ("NO/kaifa_1phase_list2", "NO/kaifa_list1", "NO/kaifa_list2", "NO/kaifa_list3")),
    Known("Norway: Kamstrup, three phases", "no-kamstrup-hdlc", "M-Bus or module",
          "Kamstrup_V0001, 10 Wh", "", ("NO/kamstrup_doc", "NO/kamstrup_oldfw_229",
                                        "NO/kamstrup_oldfw_303"),
          "as Sweden's", "Firmware of 2017 has a tag before the date-time."),
    Known("Norway: Kamstrup, one phase", "no-kamstrup-1phase-hdlc", "M-Bus or module",
          "the same; missing phases as null-data or left out", "",
          ("NO/kamstrup_1phase", "NO/kamstrup_1phase_nullfill"), "as Sweden's"),
    Known("Norway: Landis+Gyr E350", "no-landisgyr-hdlc", "M-Bus", "EMBRIQ_V1_1, as Aidon's", "",
          ("NO/lg_e350_embriq",)),
    Known("Denmark: Kamstrup", "dk-kamstrup-hdlc", "module", "Kamstrup_V0001, encrypted", "",
          ("DK/kamstrup_bornholm258",), "`meter.key`, `meter.auth_key`",
          "The real telegram came without its key: refused as `no_key`. Opening one is proven "
          "with keys of our own only."),
    Known("Denmark: NES 83335", "dk-nes", "RJ12", P1, "", ("DK/nes_83335_clock_text",)),
    Known("Finland: Landis+Gyr E360", "fi", "RJ12", P1, "", ("FI/lg_e360_p1",),
          "`meter.clock = local`, `meter.utc_offset = +02:00`"),
    Known("Finland: the same, no checksum", "fi-nocrc", "RJ12", P1, "",
          ("FI/lg_e360_p1_nocrc",), "as above, and `meter.crc = off`"),
    Known("Lithuania: Sagemcom (ESO)", "lt", "RJ12", P1 + " in kV, kA, kHz, up to 96 lines", "",
          ("LT/sagemcom_eso", "LT/eso_partial"),
          "`meter.clock = local`, `meter.utc_offset = +02:00`"),
    Known("Luxembourg: Smarty", "lu-smarty-encrypted", "RJ12", P1 + ", encrypted", "",
          ("LU/smarty_encrypted", "LU/smarty", "LU/smarty_spec", "LU/smarty_decrypted"),
          "`meter.key`, `meter.clock = local`"),
    Known("Austria: Kaifa MA309 (Netz NÖ and others)", "kaifa-mbus", "M-Bus",
          "M-Bus, encrypted without a tag", "", ("AT/kaifa_mbus_encrypted",),
          "`meter.key`, `meter.clock = local`",
          "Not authenticated: 8-bit sums and the parse of the whole list are all there is."),
    Known("Austria: Energie Steiermark", "at-est-encrypted", "RJ12",
          P1 + ", encrypted or plain, units W and Wh", "",
          ("AT/est_encrypted", "AT/est_stm", "AT/est_stm_wh_units"),
          "`meter.key`, `meter.clock = local`"),
    Known("Hungary: Sagemcom (E.ON)", "hu", "RJ12", P1, "", ("HU/sagemcom_eon",),
          "`meter.clock = local`"),
    Known("Switzerland: Landis+Gyr E450", "landisgyr-hdlc", "M-Bus",
          "HDLC in blocks, columns described", "", (), "`meter.clock = local`"),
    Known("Slovenia: Iskraemeco AM550", "iskra-hdlc", "RJ12", "HDLC, values by position", "", (),
          "`meter.clock = local`", "Each grid company has its own list; ten are known."),
    Known("Slovenia: Iskraemeco AM550 (text)", "si-iskra", "RJ12", P1 + " without checksum", "",
          ("SI/iskra_am550_nocrc",), "`meter.crc = off`",
          "Seven data bits without parity. Date and time in two lines of their own."),
    Known("Germany: EasyMeter Q3D", "de-q3d", "optical", "text, 9600 7E1, no checksum", "",
          ("DE/q3d_easymeter",), "`meter.crc = off`, `meter.clock = local`"),
    Known("Germany: Itron ACE4000", "de-ace4000", "RJ12", "text, no checksum", "",
          ("DE/ace4000",), "`meter.crc = off`"),
    Known("Netherlands: DSMR 2.2, 3.0", "nl-dsmr22", "RJ12", "text, 9600 7E1, no checksum", "",
          ("NL/kamstrup_162_dsmr22", "NL/iskra_mt382_dsmr22", "NL/xemex_dsmr22",
           "NL/iskra_mt382_dsmr30"), "`meter.crc = off`, `meter.clock = local`"),
    Known("Netherlands: DSMR 4", "nl-dsmr4", "RJ12", P1, "",
          ("NL/lg_e350_dsmr42", "NL/lg_e350_dsmr4", "NL/kaifa_ma304_dsmr4",
           "NL/kaifa_lowercase_crc", "NL/iskra_mt382_spec", "NL/synthetic_v42"),
          "`meter.clock = local`"),
    Known("Netherlands: DSMR 5", "nl-dsmr5", "RJ12", P1 + ", each second", "",
          ("NL/iskra_am550_dsmr5", "NL/sagemcom_dsmr5", "NL/metcom_mcs301", "NL/iskra_am550e",
           "NL/lg_e360", "NL/aurum_myrsky", "NL/synthetic_v5", "NL/sagemcom_t210d_anonymised",
           "NL/spec_v502_example", "NL/ene5_corrupt"), "`meter.clock = local`"),
    Known("Netherlands: heat", "nl-warmtelink", "RJ12", P1, "", ("NL/warmtelink",), "nothing",
          "No electricity in it: a Reading with little more than a clock."),
    Known("Belgium: Fluvius, Wallonia", "be-fluvius", "RJ12", P1 + ", each second", "",
          ("BE/fluvius_siconia", "BE/fluvius_emucs_nounitstar", "BE/lg_e660_fluvius",
           "BE/iskra_mie5_wallonia", "BE/lg_e360", "BE/emucs_spec"), "`meter.clock = local`"),
)
SOURCES = (
    "hanporten.se (github.com/u9n/hanporten, docs/natbolag.md, docs/matare.md)",
    "github.com/psvanstrom/esphome-p1reader, its list of verified meters; #57 (Tekniska verken's "
    "change of list in June 2022)",
    "github.com/UtilitechAS/amsreader-firmware, issues 239, 844, 861",
    "telge.se, page on the HAN port: OMNIPOWER; its list of values is that of Kamstrup_V0001, its "
    "text names the recommendation's port: which of the two is sent is open",
    "malungselnat.se: Kamstrup, RJ12, external supply",
    "vaggerydsenergi.com (same list of values as Telge's, every 15 s; meter not named)",
    "sandvikenenergi.se: all customers have an OMNIPOWER; payload not told",
    "ovikenergi.se: a module of one's own, P1, every 10 s, external supply; meter not named",
    "norrtaljeenergi.se: Aidon 6534 with RJ45",
    "tekniskaverken.se: which Aidon has RJ12, which RJ45",
    "varnamoenergi.se: Landis+Gyr",
    "dalaenergi.se: RJ45; meter not named",
    "github.com/grodansparadis/vscp-p1-pulse-interface",
    "github.com/psvanstrom/esphome-p1reader, pull request 93",
    "github.com/UtilitechAS/amsreader-firmware, wiki, known hardware configurations",
    "github.com/turbokongen/hass-AMS, issue 242 and README",
    "github.com/OlleRatu/han-rj45",
)
