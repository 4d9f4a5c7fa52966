import type { Pair } from "../language";

export const title: Pair = ["Inställningar", "Settings"];
export const browser: Pair = ["Den här webbläsaren", "This browser"];
export const language: Pair = ["Språk", "Language"];
export const theme: Pair = ["Utseende", "Appearance"];
export const themeAuto: Pair = ["Som systemet", "As the system"];
export const themeLight: Pair = ["Ljust", "Light"];
export const themeDark: Pair = ["Mörkt", "Dark"];
export const access: Pair = ["Åtkomst", "Access"];
export const sMeter: Pair = ["Mätarens port", "The meter's port"];
export const sFeed: Pair = ["Matning och omstart av porten", "Feeding and restarting the port"];
export const sWifi: Pair = ["Wi-Fi och klocka", "Wi-Fi and clock"];
export const sMqtt: Pair = ["MQTT", "MQTT"];
export const sPush: Pair = ["Push till en server", "Push to a server"];
export const sWebhook: Pair = ["Webhook", "Webhook"];
export const sHttp: Pair = ["Webbserver", "Web server"];
export const sOpen: Pair = ["Öppet utan lösenord", "Open without a password"];
export const sPins: Pair = ["Kortets ben", "The board's pins"];
export const price: Pair = ["Kostar {0} kB minne och {1} anslutningar på den här läsaren.", "Costs {0} kB of memory and {1} sockets on this reader."];
export const priceHeap: Pair = ["Kostar {0} kB minne på den här läsaren.", "Costs {0} kB of memory on this reader."];
export const secretSet: Pair = ["satt; lämna tomt för att behålla", "set; leave empty to keep it"];
export const clearSecret: Pair = ["Ta bort", "Remove"];
export const willClear: Pair = ["tas bort när du sparar", "removed when you save"];
export const on: Pair = ["På", "On"];
export const off: Pair = ["Av", "Off"];
export const standard: Pair = ["Förval: {0}", "Default: {0}"];
export const test: Pair = ["Prova", "Test"];
export const testing: Pair = ["Provar, högst 15 s …", "Testing, 15 s at most …"];
export const testOk: Pair = ["Det fungerar.", "It works."];
export const testBad: Pair = ["Det fungerar inte: {0}", "It does not work: {0}"];
export const changed: Pair = ["{0} ändringar", "{0} changes"];
export const oneChange: Pair = ["1 ändring", "1 change"];
export const saving: Pair = ["Sparar …", "Saving …"];
export const saved: Pair = ["Sparat.", "Saved."];
export const savedInSetUp: Pair = [
  "Sparat. Läsaren startar om med det när den här telefonen eller datorn lämnar dess nätverk.",
  "Saved. The reader restarts with it when this phone or computer leaves its network."];
export const restarting: Pair = ["Sparat. Läsaren startar om …", "Saved. The reader restarts …"];
export const trial: Pair = [
  "De nya inställningarna prövas. Går det inte att ansluta inom två minuter tar läsaren tillbaka de gamla av sig själv. {0} s kvar",
  "The new settings are on trial. If they do not connect within two minutes, the reader goes back to the old ones by itself. {0} s left"];
export const kept: Pair = ["De nya inställningarna fungerar och är sparade.", "The new settings work and are kept."];
export const reverted: Pair = [
  "De nya inställningarna fungerade inte. De gamla gäller igen.",
  "The new settings did not work. The old ones are in use again."];
export const lost: Pair = [
  "Läsaren har inte synts till. Har den bytt nätverk: anslut till samma, och öppna dess .local-namn.",
  "The reader has not been seen. If it has moved to another network: join that, and open its .local name."];
export const wrong: Pair = ["Rätta det som är fel först.", "Correct what is wrong first."];
export const vInt: Pair = ["Ett heltal från {0} till {1}.", "A whole number from {0} to {1}."];
export const vText: Pair = ["{0} till {1} tecken, på en rad.", "{0} to {1} characters, on one line."];
export const vPassword: Pair = ["Tomt, eller {0} till {1} tecken, på en rad.", "Empty, or {0} to {1} characters, on one line."];
export const vLines: Pair = ["{0} till {1} tecken.", "{0} to {1} characters."];
export const vHost: Pair = [
  "Ett namn eller en IPv4-adress, {0} till {1} tecken, utan http://, port och blanksteg.",
  "A name or an IPv4 address, {0} to {1} characters, without http://, port or blanks."];
export const vUrl: Pair = [
  "Tomt, eller en adress med http:// eller https://, högst {1} tecken.",
  "Empty, or a URL with http:// or https://, at most {1} characters."];
export const vTopic: Pair = ["Ett MQTT-ämne, {0} till {1} byte, utan + och #.", "An MQTT topic, {0} to {1} bytes, without + and #."];
export const vAddresses: Pair = ["IPv4-adresser.", "IPv4 addresses."];
export const vHex: Pair = ["Tomt, eller {0} hexadecimala siffror.", "Empty, or {0} hexadecimal digits."];
export const vOffset: Pair = ["Som +01:00.", "Like +01:00."];
export const or: Pair = ["eller", "or"];
export const blanks: Pair = ["Det är ett blanksteg i början eller slutet. Ska det vara så?", "There is a blank at the beginning or the end. Is that meant?"];
