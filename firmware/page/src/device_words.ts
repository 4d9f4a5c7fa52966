// The device's own sentences are English. What people read of them most is here in Swedish too; what
// is not in the table is shown as it came.

import { language, t, type Pair } from "./language";

// {0}, {1}: whatever stands there. The first row that fits counts.
export const SENTENCES: readonly Pair[] = [
  ["{0} vägrar anslutningen: är tjänsten igång, och stämmer porten?", "{0} refuses the connection: is the service running, is the port right?"],
  ["{0} före sitt svar: vill den porten ha TLS (mqtt.tls)?", "{0} before it answered: does that port want TLS (mqtt.tls)?"],
  ["{0} bröt anslutningen", "{0} broke the connection"],
  ["{0} stängde anslutningen", "{0} closed the connection"],
  ["{0} svarar inte som en MQTT-mäklare", "{0} does not answer as an MQTT broker"],
  ["{0} svarar inte på frågan", "{0} does not answer the request"],
  ["{0} svarar inte, eller inte med TLS", "{0} does not answer, or not by TLS"],
  ["{0} svarar inte", "{0} does not answer"],
  ["ingen väg till {0}: är den på, och i samma nätverk?", "no way to {0}: is it on, and in this network?"],
  ["inget nätverk når {0}", "no network to reach {0}"],
  ["minnet räcker inte till en anslutning till {0}", "not enough memory for a connection to {0}"],
  ["minnet räcker inte till TLS med {0}", "not enough memory for TLS with {0}"],
  ["minnet räcker inte för att slå upp {0}", "not enough memory to look up {0}"],
  ["ingen ledig anslutning till {0}", "no free socket for a connection to {0}"],
  ["{0} tar inte emot mer", "{0} takes no more data"],
  ["anslutningen till {0} misslyckades: fel {1}", "connection to {0} failed: error {1}"],
  ["certifikatet från {0} godtas inte: det gäller för {1}: sätt {2} till det", "certificate of {0} refused: it is made out to {1}: set {2} to that"],
  ["certifikatet från {0} godtas inte: {1}: är {2}.ca dess utfärdares?", "certificate of {0} refused: {1}: is {2}.ca its authority's?"],
  ["{0} verkar inte tala TLS: {1}", "{0} does not seem to speak TLS: {1}"],
  ["TLS med {0} misslyckades: {1}", "TLS with {0} failed: {1}"],
  ["mäklaren svarar med TLS: slå på mqtt.tls", "the broker answers by TLS: turn mqtt.tls on"],
  ["TLS och sidan får inte plats tillsammans i den här läsarens minne: slå av tls (eller skriv http:// i url), använd en ESP32-S3 eller sätt http.port till 0: då ändras inställningar bara i inställningsläget", "TLS and the page do not fit into this board's memory together: turn tls off (or write http:// in the url), use an ESP32-S3, or set http.port to 0: then settings are changed in set-up mode only"],
  ["TLS och mätarens binära listor får inte plats tillsammans i den här läsarens minne: slå av tls (eller skriv http:// i url), eller använd en ESP32-S3", "TLS and this meter's binary lists do not fit into this board's memory together: turn tls off (or write http:// in the url), or use an ESP32-S3"],
  ["mäklaren är en webbserver: stämmer mqtt.port?", "the broker is a web server: is mqtt.port right?"],
  ["mäklaren kvitterade inte i tid", "the broker did not acknowledge a ping in time"],
  ["mäklaren kvitterade inte i tid", "the broker did not acknowledge a message in time"],
  ["mäklaren vägrade: fel användare eller lösenord, eller så får användaren inte ansluta (kod {0})", "broker refused: wrong user or password, or this user may not connect (code {0})"],
  ["mäklaren vägrade: fel användare eller lösenord (kod {0})", "broker refused: wrong user or password (code {0})"],
  ["mäklaren vägrade: {0}", "broker refused: {0}"],
  ["servern svarar {0}: fel nyckel, användare eller lösenord", "the server answers {0}: wrong token, user or password"],
  ["servern svarar {0}: den användaren eller nyckeln får inte skriva där", "the server answers {0}: this token or user may not write there"],
  ["servern svarar {0}: inget finns där: stämmer {1}?", "the server answers {0}: nothing there: is {1} right?"],
  ["servern svarar {0}: den tar inte emot POST där: stämmer {1}?", "the server answers {0}: it takes no POST there: is {1} right?"],
  ["servern svarar {0}: den förstår inte innehållet: stämmer {1}?", "the server answers {0}: it does not understand the data: is {1} right?"],
  ["servern svarar {0}: adressen har flyttat: sätt {1} till den nya", "the server answers {0}: the address has moved: set {1} to the new one"],
  ["servern svarar {0}: servern har ett problem", "the server answers {0}: the server has a problem"],
  ["servern svarar {0}: {1}", "the server answers {0}: {1}"],
  ["namnet {0}: ingen DNS-server är känd; ange adressen", "the name {0}: no DNS server is known; give the address"],
  ["namnet {0}: DNS-servern svarar inte i tid", "the name {0}: no answer in time from the DNS server"],
  ["namnet {0}: DNS-servern {1} svarar inte", "the name {0}: no answer from the DNS server {1}"],
  ["det finns ingen värd som heter {0}, säger DNS-servern {1}", "there is no host called {0}, says the DNS server {1}"],
  ["{0} har ingen IPv4-adress, säger DNS-servern {1}", "{0} has no IPv4 address, says the DNS server {1}"],
  ["{0}.tls_insecure är på: ingen kontrollerar vem vi talar med", "{0}.tls_insecure is on: nobody checks whom we talk to"],
  ["meter.crc är av: skadade telegram godtas", "meter.crc is off: damaged telegrams are not refused"],
  ["config: den senaste ändringen av {0} gav ingen anslutning inom två minuter, och togs tillbaka", "config: the last change of {0} gave no connection within two minutes, and was taken back"],
  ["utelämnat, för att mätaren inte säger vad talen räknar och det inte är bevisat än: {0}. {1}", "left out, because the meter does not say what its numbers count, and that is not proven yet: {0}. {1}"],
  ["säkerhetskopia: historik och inställningar är återställda", "backup: history and settings are restored"],
  ["säkerhetskopia: strömmen försvann innan den var återställd; ingenting ändrades", "backup: the power went before it was restored; nothing was changed"],
  ["strömmen slogs på", "power on"],
  ["omstart", "reset"],
  ["vakthunden", "watchdog"],
  ["väckt ur vila", "deep sleep"],
  ["omstart av programmet", "soft reset"],
  ["okänt", "unknown"],
];

/** A sentence of the device in today's language. */
export function said(text: string): string {
  if (language() !== "sv") return text;
  for (const pair of SENTENCES) {
    const pattern = pair[1].replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\d\}/g, "(.+)");
    const found = new RegExp(`^${pattern}$`).exec(text);
    if (found) return t(pair, ...found.slice(1));
  }
  return text;
}
