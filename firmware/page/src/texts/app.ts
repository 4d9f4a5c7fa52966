import type { Pair } from "../language";

export const now: Pair = ["Nu", "Now"];
export const history: Pair = ["Historik", "History"];
export const health: Pair = ["Hälsa", "Health"];
export const settings: Pair = ["Inställningar", "Settings"];
export const menu: Pair = ["Sidor", "Pages"];
export const other: Pair = ["English", "Svenska"];
export const skip: Pair = ["Till innehållet", "Skip to content"];
export const live: Pair = ["Direkt", "Live"];
export const slow: Pair = ["Var femte sekund", "Every five seconds"];
export const wait: Pair = ["Ansluter …", "Connecting …"];
export const gone: Pair = ["Ingen kontakt", "No contact"];
export const silent: Pair = ["Mätaren är tyst", "The meter is silent"];
export const over: Pair = ["Utloggad", "Logged out"];
export const unreachable: Pair = [
  "Läsaren svarar inte. Är den igång, och är du på samma nätverk? Sidan försöker igen av sig själv.",
  "The reader does not answer. Is it on, and are you on the same network? The page tries again by itself."];
export const failed: Pair = ["Det gick inte: {0}", "That failed: {0}"];
export const noAnswer: Pair = ["läsaren svarade inte", "the reader did not answer"];
export const loading: Pair = ["Hämtar …", "Loading …"];
export const copy: Pair = ["Kopiera", "Copy"];
export const copied: Pair = ["Kopierat", "Copied"];
export const show: Pair = ["Visa", "Show"];
export const hide: Pair = ["Dölj", "Hide"];
export const save: Pair = ["Spara", "Save"];
export const cancel: Pair = ["Avbryt", "Cancel"];
export const guest: Pair = ["Du läser med en länk. Inställningarna är ägarens.", "You read by a link. The settings are the owner's."];
