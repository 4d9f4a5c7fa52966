// What a key of the configuration may be, checked while it is typed. The device checks again.

import { language, t } from "./language";
import * as SETTINGS from "./texts/settings";

export type Kind = "text" | "int" | "bool" | "choice" | "offset" | "hex" | "lines" | "host" | "url" | "topic" | "password" | "addresses";

/** A row of /schema.json. */
export interface Key {
  key: string; // "mqtt.port"
  type: Kind;
  default: string | number | boolean;
  limits: (string | number)[] | null;
  secret?: boolean;
  sv: string;
  en: string;
  price?: { heap: number; sockets: number } | null; // of switching it on
}

export type Value = string | number | boolean;

/** What this key is for, in today's language. */
export const help = (key: Key) => (language() === "sv" ? key.sv : key.en);

/** What is allowed, in words. */
export function allowed({ type, limits }: Key): string {
  const [least, most] = limits || [];
  switch (type) {
    case "int": return t(SETTINGS.vInt, least!, most!);
    case "text": return t(SETTINGS.vText, least!, most!);
    case "password": return t(SETTINGS.vPassword, least!, most!);
    case "lines": return t(SETTINGS.vLines, least!, most!);
    case "host": return t(SETTINGS.vHost, least!, most!);
    case "addresses": return t(SETTINGS.vAddresses);
    case "url": return t(SETTINGS.vUrl, least!, most!);
    case "topic": return t(SETTINGS.vTopic, least!, most!);
    case "hex": return t(SETTINGS.vHex, limits!.join(` ${t(SETTINGS.or)} `));
    case "offset": return t(SETTINGS.vOffset);
    default: return "";
  }
}

const CONTROL = /[\x00-\x1f\x7f-\x9f]/;
const BYTES = new TextEncoder();

/** "" if the text may be this key's value, otherwise what is allowed. */
export function problem(key: Key, text: string): string {
  return fits(key, text) ? "" : allowed(key);
}

function fits({ type, limits }: Key, text: string): boolean {
  const [least, most] = (limits || []) as number[];
  const length = [...text].length; // characters, as MicroPython counts them
  const inLimits = length >= least! && length <= most!;
  switch (type) {
    case "int": return /^-?\d+$/.test(text) && +text >= least! && +text <= most!;
    case "text": return inLimits && !CONTROL.test(text);
    case "password": return !text || (inLimits && !CONTROL.test(text));
    case "lines": return inLimits;
    case "host": return inLimits && !/[\s/:@]/.test(text) && !CONTROL.test(text);
    case "url": return inLimits && !/\s/.test(text) && !CONTROL.test(text) && (!text || /^https?:\/\//i.test(text));
    case "topic":
      return inLimits && !/[+#]/.test(text) && text[0] !== "$" && !CONTROL.test(text) && BYTES.encode(text).length <= 64;
    case "addresses": return inLimits && /^[\d.,/ ]*$/.test(text); // the device looks closer
    case "hex": return !text || (limits!.includes(text.length) && /^[0-9a-f]*$/i.test(text));
    case "offset": {
      const parts = /^[+-](\d\d):(\d\d)$/.exec(text);
      return !!parts && +parts[1]! <= 14 && +parts[2]! < 60;
    }
    default: return true;
  }
}

/** The value that is sent for a text that fits. */
export const valueOf = ({ type }: Key, text: string): Value => (type === "int" ? +text : text);
