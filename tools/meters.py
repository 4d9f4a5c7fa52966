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
          ("SE/aidon_efs", "SE/aidon_efs_node", "SE/aidon_efs_negative_current"), "nothing",
          "581 bytes in one frame."),
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
          "Date and time in two lines of their own."),
    Known("Itron A300", "itron-p1", "RJ12", P1 + " (assumed)", "Borås Elnät [2]"),
    Known("Sanxing S34U18 (SX631)", "sanxing-p1", "RJ12", P1 + ", meter number first",
          "Vattenfall [2]", (), "nothing", "Lines over 60 bytes; the id comes hex-coded twice."),
    Known("Star STZ351", "star-p1", "RJ12", P1 + ", its first five bytes garbled", "",
          ("SE/star_stz351_bytes_lost",), "nothing",
          "Sends `/STR5` so that the start bit of the slash is lost [18]: read with the head put "
          "right, which the checksum proves. The telegram here lost more, and is refused."),
    Known("Aidon with RJ45 (6474 … 6484, 65xx)", "no-aidon-hdlc", "M-Bus",
          "HAN-NVE lists as in Norway (as are the telegrams here)",
          "Tekniska verken [10], Norrtälje Energi [9], Skellefteå Kraft [17], Dala Energi [12] ?",
          ("NO/aidon_list2", "NO/aidon_list3", "NO/aidon_tn", "NO/list288_hassams"), "nothing",
          "**24 V on RJ45: not this dongle without an M-Bus receiver.**"),
)
ABROAD = (
    Known("Norway: Aidon 6515, 6525, 6534", "no-aidon-hdlc", "M-Bus",
          "HAN-NVE lists of 2.5 s, 10 s, 1 h; scalers; 10 Wh", "",
          ("NO/aidon_list2", "NO/aidon_list3", "NO/aidon_tn", "NO/list288_hassams",
           "NO/aidon_6540_itnet"), "nothing",
          "States deviation 0 and runs at UTC+1. L2 current absent on IT nets."),
    Known("Norway: Kaifa MA304H3E, MA105H2E", "no-kaifa-hdlc", "M-Bus",
          "KFM_001 by position, lists 1, 2, 3", "",
          ("NO/kaifa_1phase_list2", "NO/kaifa_list1", "NO/kaifa_list2", "NO/kaifa_list3",
           "NO/kaifa_ma304_itnet")),
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
          ("DK/kamstrup_bornholm258", "DK/kamstrup_omnipower_65"), "`meter.key`, `meter.auth_key`",
          "One real telegram came without its key: refused as `no_key`; the other one is sealed "
          "again with a key of ours."),
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
    Known("Hungary: Holley DTSD545", "hu-holley", "RJ12", P1 + ", CRC-16/X-25", "", (),
          "`meter.clock = local`",
          "The checksum is X-25 instead of ARC [19]; over which bytes, and in which order it is "
          "printed, is assumed to be as P1 has it. A slash in the identification."),
    Known("Poland: Kaifa MA309M", "pl-kaifa", "RJ12", P1, "", ("PL/kaifa_ma309m",),
          "`meter.clock = local`", "Its type in 96.1.1, its number in 96.1.0."),
    Known("Poland: Elgama EGM5 (G15, G35)", "pl-elgama-encrypted", "RJ12",
          P1 + ", encrypted behind its identification", "Stoen [20]",
          ("PL/elgama_egm5_encrypted", "PL/elgama_egm5_encrypted_nokey"),
          "`meter.key`, `meter.auth_key`, `meter.clock = local`",
          "No system title is sent: taken as zeros. Proven with a key of our own only; no owner "
          "of a real one has opened it in public yet [20]."),
    Known("Austria: Sagemcom T210-D (Netz NÖ)", "kaifa-mbus", "M-Bus",
          "M-Bus, encrypted without a tag, frames of up to 263 bytes", "",
          ("AT/sagemcom_t210d_l250",), "`meter.key`, `meter.clock = local`",
          "Its first frame carries 257 bytes and says so modulo 256 (`68 01 01 68`). As above, "
          "not authenticated."),
    Known("Austria: Iskraemeco AM550, Siemens IM350 (KELAG, Wels)", "iskra-hdlc", "RJ12",
          "HDLC, encrypted without a tag, values by position", "",
          ("AT/iskra_am550_kelag", "AT/iskra_am550_kelag_bitflip"),
          "`meter.key`, `meter.clock = local`",
          "Not authenticated: opened only inside a frame whose check is right. Known by the maker "
          "in its system title (ISK, SMS) and the exact lengths of the list."),
    Known("Austria: Landis+Gyr E450, Iskraemeco AM550 (Wiener Netze)", "iskra-hdlc", "optical",
          "HDLC, encrypted without a tag, date-time and eight values by position", "",
          ("AT/lg_e450_wiennetze",), "`meter.key`, `meter.clock = local`",
          "As above; system title LGZ or ISK."),
    Known("Austria: Landis+Gyr E450 (Netz Burgenland)", "landisgyr-hdlc", "M-Bus",
          "HDLC, encrypted, values by position", "", ("AT/lg_e450_burgenland",),
          "`meter.key`, `meter.clock = local`",
          "Known by the system title LGZ, the list's exact shape, and power that volts and "
          "amperes can carry."),
    Known("Austria: Landis+Gyr E450 (pairs)", "landisgyr-hdlc", "M-Bus",
          "HDLC in blocks, encrypted, code and value without scaler", "", ("AT/lg_e450_pairs",),
          "`meter.key`, `meter.clock = local`",
          "Scales by the maker in its system title (LGZ); without it left out, and told."),
    Known("Switzerland: Landis+Gyr E450", "landisgyr-hdlc", "M-Bus",
          "HDLC in blocks, columns described", "",
          ("CH/lg_e450_vse2026", "CH/lg_e450_gbt_phases", "CH/lg_e450_shortframe_between"),
          "`meter.clock = local`", "Hundredths of an ampere, once power has proven that."),
    Known("Switzerland: Landis+Gyr E570 (transformers)", "landisgyr-hdlc", "M-Bus", "the same", "",
          ("CH/lg_e570_ct_load",), "`meter.clock = local`",
          "Whole amperes: told by the power, and kept with the meter's name."),
    Known("Switzerland: Landis+Gyr E450, behind", "landisgyr-hdlc", "M-Bus",
          "several lists in one HDLC frame, two counters without codes each", "",
          ("CH/lg_e450_three_in_one_frame",), "`meter.clock = local`",
          "Nothing in it says what the counters are: only their times come out (`unknown_list`)."),
    Known("Switzerland: Iskraemeco AM550", "iskra-hdlc", "RJ12",
          "HDLC segments; columns described, or codes with scalers", "",
          ("CH/iskra_am550_vse2026", "CH/iskra_am550_segmented"), "`meter.clock = local`"),
    Known("Cyprus: Landis+Gyr E450", "landisgyr-hdlc", "M-Bus",
          "HDLC in blocks, columns described", "", ("CY/lg_e450_described",),
          "`meter.clock = local`, `meter.utc_offset = +02:00`"),
    Known("Slovenia: Iskraemeco AM550", "iskra-hdlc", "RJ12", "HDLC, values by position", "", (),
          "`meter.clock = local`",
          "Each grid company has its own list; ten are known. Each begins with the logical device "
          "name, ISK and 13 digits: that is the reason to believe it."),
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
    "github.com/Beaky2000/esphome-p1mini, issue 26",
    "github.com/ndokter/dsmr_parser, issue 91",
    "github.com/UtilitechAS/amsreader-firmware, issue 1198; github.com/esphome/issues, issue 6500",
)
