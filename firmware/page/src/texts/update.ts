import type { Pair } from "../language";

export const title: Pair = ["Uppdatering", "Update"];
export const runs: Pair = ["Version {0} är igång.", "Version {0} is running."];
export const file: Pair = ["Välj en uppdatering (.pack)", "Choose an update (.pack)"];
export const fetch: Pair = ["Hämta den från update.url", "Fetch it from update.url"];
export const bad: Pair = [
  "Det är inget uppdateringspaket, eller så är det avklippt.", "This is no update package, or it is cut short."];
export const chip: Pair = ["Det är för ett annat chip: {0}.", "It is for another chip: {0}."];
export const found: Pair = ["Version {0} för {1}, {2} kB", "Version {0} for {1}, {2} kB"];
export const news: Pair = ["Nyheter", "What is new"];
export const older: Pair = ["Gå tillbaka till en äldre version", "Go back to an older version"];
export const send: Pair = ["Skicka till läsaren", "Send to the reader"];
export const sending: Pair = ["Skickar. Mätaren läses under tiden.", "Sending. The meter is read meanwhile."];
export const again: Pair = ["Kontakten bröts. Fortsätter …", "The connection broke. Going on …"];
export const stopped: Pair = [
  "{0} av {1} kB av version {2} har kommit. Välj samma fil för att fortsätta.",
  "{0} of {1} kB of version {2} have come. Choose the same file to go on."];
export const ready: Pair = [
  "Version {0} ligger klar. När du installerar startar läsaren om och prövar den i tio minuter. Går det inte kommer den gamla tillbaka av sig själv.",
  "Version {0} lies ready. When you install it, the reader restarts and tries it for ten minutes. If that fails, the old one comes back by itself."];
export const install: Pair = ["Installera nu", "Install now"];
export const wanted: Pair = ["Läsaren startar om och kontrollerar paketet …", "The reader restarts and checks the package …"];
export const trial: Pair = [
  "Den prövas: efter tio minuter med Wi-Fi och mätare behålls den, annars kommer den gamla tillbaka.",
  "It is on trial: after ten minutes with Wi-Fi and meter it is kept, otherwise the old one comes back."];
export const back: Pair = ["Den nya versionen blev inte kvar: {0}", "The new version did not stay: {0}"];
export const starts: Pair = ["den startade inte, eller hann inte visa att den fungerar.", "it did not start, or had no time to prove itself."];
export const wifi: Pair = ["den fick inget Wi-Fi.", "it had no Wi-Fi."];
export const meter: Pair = ["den fick inget från mätaren.", "it had nothing from the meter."];
export const signature: Pair = ["ingen som läsaren litar på har signerat den.", "nobody signed it whom the reader trusts."];
export const damaged: Pair = ["den är skadad. Hämta den igen.", "it is damaged. Load it again."];
export const newer: Pair = ["installera versionen före den först.", "install the version before it first."];
export const other: Pair = ["den är för ett annat chip.", "it is for another chip."];
export const isOlder: Pair = ["den är äldre än den som körs.", "it is older than what runs."];
export const noKey: Pair = ["läsaren har ingen nyckel: uppdatera med kabel.", "the reader has no key: update by cable."];
export const failed: Pair = ["den gick inte att kontrollera.", "it could not be checked."];
export const cable: Pair = [
  "MicroPython självt byts bara med kabel. Gör det när en version kräver det.",
  "MicroPython itself is changed by cable only. Do it when a version asks for it."];
export const another: Pair = [
  "Den kräver en annan MicroPython: uppdatera med kabel.", "It needs another MicroPython: update by cable."];
export const noRoom: Pair = ["Minnet räcker inte till den.", "There is too little room for it."];
