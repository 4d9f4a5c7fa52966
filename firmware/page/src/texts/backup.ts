import type { Pair } from "../language";

export const title: Pair = ["Säkerhetskopia", "Backup"];
export const lead: Pair = [
  "Inställningar och historik i en fil: för en ny läsare, eller om den här går sönder.",
  "Settings and history in one file: for a new reader, or if this one fails."];
export const secrets: Pair = ["Med lösenord och nycklar", "With passwords and keys"];
export const warn: Pair = [
  "Då kan den som öppnar filen läsa dem. Utan dem får du skriva in dem igen.",
  "Then whoever opens the file can read them. Without them you will enter them again."];
export const get: Pair = ["Hämta säkerhetskopia", "Download backup"];
export const file: Pair = ["Återställ från en fil", "Restore from a file"];
export const restore: Pair = ["Återställ", "Restore"];
export const sure: Pair = [
  "Återställa från {0}? Filens inställningar ersätter de här. Historiken här behålls, och filens läggs till. Läsaren startar om.",
  "Restore from {0}? The file's settings replace those here. The history here stays, and the file's is added. The reader restarts."];
export const sending: Pair = ["Återställer. Låt sidan vara öppen …", "Restoring. Keep this page open …"];
export const done: Pair = ["Återställt: {0} värden lades till historiken.", "Restored: {0} records were added to the history."];
export const again: Pair = ["Skriv in igen: {0}", "Enter again: {0}"];
export const left: Pair = ["Lämnades som de är här: {0}", "Left as they are here: {0}"];
export const bad: Pair = [
  "Det är ingen säkerhetskopia, eller så är den skadad. Ingenting ändrades.",
  "This is no backup, or it is damaged. Nothing was changed."];
export const newer: Pair = [
  "En nyare version skrev filen. Uppdatera läsaren först. Ingenting ändrades.",
  "A newer version wrote this file. Update the reader first. Nothing was changed."];
export const noRoom: Pair = [
  "Minnet räcker inte till historiken. Ingenting ändrades.",
  "There is too little room for the history. Nothing was changed."];
