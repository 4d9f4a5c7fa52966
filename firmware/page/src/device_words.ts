// The device's own sentences are English. What people read of them most is here in Swedish too; what
// is not in the table is shown as it came.

import { language, t, wordsIn, type Pair } from "./language";

// The English is what tells a sentence from all others: … is any words, {0}, {1} those that the Swedish
// repeats. The first row that fits counts.
export const SENTENCES: readonly Pair[] = [
  ["{0} vägrar anslutningen: är tjänsten igång, och stämmer porten?", "{0} refuses the connection…"],
  ["{0} före sitt svar: vill den porten ha TLS (mqtt.tls)?", "{0} before it answered…"],
  ["{0} bröt anslutningen", "{0} broke the connection"],
  ["{0} stängde anslutningen", "{0} closed the connection"],
  ["{0} svarar inte som en MQTT-mäklare", "{0} does not answer as…"],
  ["{0} svarar inte på frågan", "{0} does not answer the…"],
  ["{0} svarar inte, eller inte med TLS", "{0} does not answer, or…"],
  ["{0} svarar inte", "{0} does not answer"],
  ["ingen väg till {0}: är den på, och i samma nätverk?", "no way to {0}: is it on…"],
  ["inget nätverk når {0}", "no network to reach {0}"],
  ["minnet räcker inte till en anslutning till {0}", "not enough memory for a… to {0}"],
  ["minnet räcker inte till TLS med {0}", "not enough memory for TLS with {0}"],
  ["minnet räcker inte för att slå upp {0}", "not enough memory to look up {0}"],
  ["ingen ledig anslutning till {0}", "no free socket for a… to {0}"],
  ["{0} tar inte emot mer", "{0} takes no more…"],
  ["anslutningen till {0} misslyckades: fel {1}", "connection to {0} failed: error {1}"],
  ["certifikatet från {0} godtas inte: det gäller för {1}: sätt {2} till det", "certificate of {0} refused: it is made out to {1}: set {2} to…"],
  ["certifikatet från {0} godtas inte: {1}: är {2}.ca dess utfärdares?", "certificate of {0} refused: {1}: is {2}.ca its authority's?"],
  ["{0} verkar inte tala TLS: {1}", "{0} does not seem to speak TLS: {1}"],
  ["TLS med {0} misslyckades: {1}", "TLS with {0} failed: {1}"],
  ["mäklaren svarar med TLS: slå på mqtt.tls", "the broker answers by TLS…"],
  ["TLS och sidan får inte plats tillsammans i den här läsarens minne: slå av tls (eller skriv http:// i url), använd en ESP32-S3 eller sätt http.port till 0: då ändras inställningar bara i inställningsläget", "TLS and the page do…"],
  ["TLS och mätarens binära listor får inte plats tillsammans i den här läsarens minne: slå av tls (eller skriv http:// i url), eller använd en ESP32-S3", "TLS and this meter…"],
  ["mäklaren är en webbserver: stämmer mqtt.port?", "the broker is a…"],
  ["mäklaren kvitterade inte i tid", "the broker did not acknowledge…"],
  ["mäklaren vägrade: fel användare eller lösenord, eller så får användaren inte ansluta (kod {0})", "broker refused: wrong user or password, or… (code {0})"],
  ["mäklaren vägrade: fel användare eller lösenord (kod {0})", "broker refused: wrong user or password (code {0})"],
  ["mäklaren vägrade: {0}", "broker refused: {0}"],
  ["servern svarar {0}: fel nyckel, användare eller lösenord", "the server answers {0}: wrong…"],
  ["servern svarar {0}: den användaren eller nyckeln får inte skriva där", "the server answers {0}: this…"],
  ["servern svarar {0}: inget finns där: stämmer {1}?", "the server answers {0}: nothing there: is {1} right?"],
  ["servern svarar {0}: den tar inte emot POST där: stämmer {1}?", "the server answers {0}: it takes no POST there: is {1} right?"],
  ["servern svarar {0}: den förstår inte innehållet: stämmer {1}?", "the server answers {0}: it does not understand the data: is {1} right?"],
  ["servern svarar {0}: adressen har flyttat: sätt {1} till den nya", "the server answers {0}: the address has moved: set {1} to the new one"],
  ["servern svarar {0}: servern har ett problem", "the server answers {0}: the server…"],
  ["servern svarar {0}: {1}", "the server answers {0}: {1}"],
  ["namnet {0}: ingen DNS-server är känd; ange adressen", "the name {0}: no DNS…"],
  ["namnet {0}: DNS-servern svarar inte i tid", "the name {0}: no answer in…"],
  ["namnet {0}: DNS-servern {1} svarar inte", "the name {0}: no answer from the DNS server {1}"],
  ["det finns ingen värd som heter {0}, säger DNS-servern {1}", "there is no host called {0}, says the DNS server {1}"],
  ["{0} har ingen IPv4-adress, säger DNS-servern {1}", "{0} has no IPv4 address, says the DNS server {1}"],
  ["{0}.tls_insecure är på: ingen kontrollerar vem vi talar med", "{0}.tls_insecure is on…"],
  ["meter.crc är av: skadade telegram godtas", "meter.crc is off…"],
  ["config: den senaste ändringen av {0} gav ingen anslutning inom två minuter, och togs tillbaka", "config: the last change of {0} gave…"],
  ["utelämnat, för att mätaren inte säger vad talen räknar och det inte är bevisat än: {0}. {1}", "left out, because… proven yet: {0}. {1}"],
  ["säkerhetskopia: historik och inställningar är återställda", "backup: history…"],
  ["säkerhetskopia: strömmen försvann innan den var återställd; ingenting ändrades", "backup: the power…"],
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
    const pattern = wordsIn(pair, 1).replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\d\}/g, "(.+)").replace("…", ".*");
    const found = new RegExp(`^${pattern}$`).exec(text);
    if (found) return t(pair, ...found.slice(1));
  }
  return text;
}
