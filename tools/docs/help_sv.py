"""The configuration's keys in Swedish, for the page's settings: what each is for, in a sentence or
two. The English is the comment above its row in config/schema.py."""

HELP = {
    "meter.crc": "Om ett telegram måste ha rätt kontrollsumma. off: även telegram utan (gammal "
                 "Aidon-programvara, DSMR 2.2 och 3).",
    "meter.clock": "Mätarens klocka: normal går på normaltid hela året (Sverige), local har "
                   "sommartid.",
    "meter.utc_offset": "Hur långt före UTC mätarens normaltid går.",
    "meter.fuse": "Huvudsäkringen, A, som på elnätsbolagets faktura; 0: okänd. Historiken tror "
                  "inte på mätarställningar som stiger fortare än den tillåter (0: än tre faser "
                  "på 80 A).",
    "meter.baud": "Portens hastighet, bit/s. 0: hittas av sig själv, med databitar, paritet och "
                  "polaritet.",
    "meter.bits": "Portens databitar, när baud är satt.",
    "meter.parity": "Portens paritet, när baud är satt.",
    "meter.invert": "off: kortets transistor vänder signalen (det vanliga). on: ESP32 vänder den. "
                    "Är baud 0 är det bara vad som prövas först.",
    "meter.key": "Krypteringsnyckel till en mätare som krypterar, från nätbolaget. Visas aldrig "
                 "igen.",
    "meter.auth_key": "Mätarens autentiseringsnyckel. Tom: den som Luxemburg och Österrike "
                      "publicerar.",
    "meter.energy_unit": "Wh per steg i en binär lista som inte säger det (Kamstrup): 1 i "
                         "Sverige, 10 i Norge och Danmark. unknown: räknas ut inom en timme.",
    "meter.current_unit": "A per steg i en sådan lista. unknown: räknas ut av spänning och "
                          "effekt.",
    "meter.voltage_unit": "V per steg i en sådan lista. unknown: det som ger ungefär 230 V.",
    "meter.power_unit": "W och var per steg i en sådan lista. unknown: 1 när tillverkaren är "
                        "känd.",
    "feed.consent": "Mata 5 V till portens stift 1, på ett kort som har brytaren för det. Bara "
                    "när elnätsbolaget har sagt ja: mätaren är bolagets, och du svarar för det "
                    "som matas. Görs aldrig när porten själv ger spänning (0,5 V eller mer), och "
                    "inte när telegram kommer ändå.",
    "feed.restart_after": "Starta om portens modul efter så många telegram i rad som uteblev "
                          "(minst en minut), högst 12 gånger om dygnet: i 10 s ingen Data Request "
                          "och ingen matning. 0: aldrig.",
    "wifi.ssid": "Nätverkets namn, som routern stavar det. Blanksteg i början och slutet räknas.",
    "wifi.password": "Nätverkets lösenord. Tomt för ett öppet nätverk.",
    "wifi.ssid_2": "Ett andra nätverk, som provas när det första inte finns. Så kan nästa router "
                   "skrivas in i förväg.",
    "wifi.password_2": "Det andra nätverkets lösenord.",
    "wifi.ssid_3": "Ett tredje nätverk.",
    "wifi.password_3": "Det tredje nätverkets lösenord.",
    "wifi.hostname": "Namn i nätverket. Tomt: microhan-<id>.",
    "wifi.ntp": "Tidsserver, som bara tillfrågas när mätaren inte ger tid eller TLS behöver den. "
                "Tom: aldrig.",
    "mqtt.host": "MQTT-server, namn eller adress. Tom: ingen MQTT. Namn på .local fungerar.",
    "mqtt.port": "Serverns port. 0: 1883, eller 8883 med tls.",
    "mqtt.user": "Användarnamn hos servern. Tomt: inget.",
    "mqtt.password": "Lösenord hos servern.",
    "mqtt.tls": "Kryptera, och kontrollera serverns certifikat mot ca och host. På en vanlig "
                "ESP32 som inte kan läsa sitt program i flash: bara med http.port 0.",
    "mqtt.tls_insecure": "Kryptera utan att kontrollera vem som svarar. Varnas för så länge det "
                         "är på.",
    "mqtt.ca": "Certifikatet för den som har signerat serverns, PEM-text.",
    "mqtt.keepalive": "Sekunder utan trafik innan förbindelsen prövas.",
    "mqtt.discovery": "Anmäl alla värden till Home Assistant.",
    "mqtt.discovery_prefix": "Home Assistants prefix för anmälan.",
    "mqtt.goe": "En laddbox från go-e som följer husets effekt: dess ämne (topic), som "
                "go-eCharger/123456. Tomt: ingen.",
    "mqtt.smartevse": "En SmartEVSE som följer husets strömmar: dess ämne (topic), som "
                      "SmartEVSE/12345. Tomt: ingen.",
    "push.url": "Vart avläsningar skickas med POST, http:// eller https://. Tom: ingenstans. På "
                "en vanlig ESP32 som inte kan läsa sitt program i flash går https:// bara med "
                "http.port 0.",
    "push.format": "Vad som skickas: samma JSON som /reading.json, eller InfluxDB:s radformat.",
    "push.auth": "Hur servern känner igen oss.",
    "push.token": "Nyckeln för bearer.",
    "push.user": "Användarnamnet för basic.",
    "push.password": "Lösenordet för basic.",
    "push.every_s": "0: varje avläsning. Annars den nyaste så många sekunder emellan.",
    "push.ca": "Certifikatet för den som har signerat serverns, PEM-text.",
    "push.tls_insecure": "Kryptera utan att kontrollera vem som svarar. Varnas för så länge det "
                         "är på.",
    "webhook.url": "Vad som anropas, http:// eller https://. Tom: inget. {active_power_import_w}, "
                   "andra namn ur /reading.json, {id} och {state} står för värden.",
    "webhook.method": "Hur.",
    "webhook.headers": "Rubriker, en per rad: Title: Effekt. Visas aldrig igen.",
    "webhook.body": "Vad som skickas, med samma namn inom klamrar. Tomt: /reading.json, med GET "
                    "inget.",
    "webhook.when": "reading: varje avläsning; every: var limit:e sekund; en gång när uttaget "
                    "stiger över limit W (power), en ström över limit A (phase) eller mätaren har "
                    "varit tyst i limit s (silent).",
    "webhook.limit": "Sekunder, W eller A, som when säger.",
    "webhook.end": "Anropa igen när det är över (en tiondel under gränsen, eller en avläsning): "
                   "{state} är då off, annars on.",
    "webhook.ca": "Certifikatet för den som har signerat serverns, PEM-text.",
    "webhook.tls_insecure": "Kryptera utan att kontrollera vem som svarar. Varnas för så länge "
                            "det är på.",
    "http.port": "Webbserverns port. 0: ingen, och alltså ingen sida. Uppstartens formulär "
                 "finns på port 80 även då.",
    "http.language": "Sidans språk, tills en läsare väljer ett annat.",
    "http.token": "En nyckel för program, som får läsa allt. Vid nästa start blir den nyckeln "
                  "config, och försvinner ur filen.",
    "http.password": "Ägarens lösenord. Vid nästa start tas det över och försvinner ur filen. "
                     "Tomt: det som gäller redan.",
    "update.url": "Adressen till uppdateringspaketet för detta chip, https://. Tom: det laddas "
                  "upp. Hämtas när du trycker på knappen. Inte på en vanlig ESP32.",
    "update.ca": "Certifikatet för den som har signerat serverns, PEM-text.",
    "open.homewizard": "Det som en HomeWizard P1 Meter berättar, API v1, på http.port, utan "
                       "lösenord.",
    "open.ecotracker": "Det som en EcoTracker berättar, för batterier med stickpropp, på "
                       "http.port, utan lösenord.",
    "open.shelly": "Det som en Shelly Pro 3EM berättar, för batterier, på http.port, utan "
                   "lösenord.",
    "open.shelly_udp": "UDP-portar för detsamma, som batterier från Marstek frågar, utan "
                       "lösenord, högst två. Tom: inga. Vanliga: 1010, 2220.",
    "open.p1": "Port för mätarens telegram som P1-text över TCP, utan lösenord. 0: ingen. Vanlig: "
               "2323.",
    "open.ws": "Samma över WebSocket, på http.port, adress /ws.",
    "open.modbus": "Port för värdena så som en Eastron SDM630 har dem, Modbus TCP, utan lösenord. "
                   "0: ingen. Vanlig: 502.",
    "open.announce": "Annonsera med mDNS sidan och det som är på här över HTTP: program och "
                     "batterier hittar det.",
    "open.allow": "Vilka som får använda det som är på här, som 192.168.1.20, 192.168.1.0/24. "
                  "Tom: alla i nätverket.",
    "pins.rx": "GPIO som läser mätaren. -1: kortets egen.",
    "pins.tx": "GPIO för andra riktningen, som inte är ansluten. -1: kortets eget val.",
    "pins.led": "GPIO för lampan. -1: kortets egen.",
    "pins.led_invert": "on: lampan lyser när dess GPIO är låg.",
    "pins.button": "GPIO för knappen. -1: kortets egen. Hållen i 5 sekunder öppnar den "
                   "inställningen, i 15 frågar den om allt ska raderas.",
    "pins.pin1_sense": "GPIO som mäter portens stift 1, över 100 kΩ och 22 kΩ. -1: kortets egen. "
                       "-2: det finns ingen.",
    "pins.feed": "GPIO som slår på matningen av stift 1, hög. -1, -2: som ovan.",
    "pins.feed_fault": "GPIO för matningsbrytarens felsignal, låg: den begränsar eller är het. "
                       "-1, -2: som ovan.",
    "pins.request": "GPIO som tar bort portens Data Request, låg. -1, -2: som ovan.",
}
