// Times for people: Swedish civil time, wherever the browser is.

import { language } from "./language";

const ZONE = "Europe/Stockholm";

const show = (at: number, options: Intl.DateTimeFormatOptions) =>
  new Date(at).toLocaleString("sv", { timeZone: ZONE, ...options });

/** "2026-01-15 18:30:20" of a moment in ms. */
export const civil = (at: number) => show(at, {});

/** "18:30:20", with the date in front if it is not today's. */
export function clock(at: number): string {
  const text = civil(at);
  return text.slice(0, 10) === civil(Date.now()).slice(0, 10) ? text.slice(11) : text;
}

/** "18:30" */
export const minutes = (at: number) => show(at, { hour: "2-digit", minute: "2-digit" });

/** [civil time of the meter's ISO time, the meter's own clock "17:30:20" where that differs]. */
export function meterTime(iso: string): [string, string] {
  const own = iso.slice(11, 19);
  const at = civil(Date.parse(iso));
  return [at, at.endsWith(own) ? "" : own];
}

/** A moment in words of today's language, like "fredag 27 november 2026". */
export const inWords = (at: number, options: Intl.DateTimeFormatOptions) =>
  new Date(at).toLocaleDateString(language() === "sv" ? "sv" : "en-GB", { timeZone: ZONE, ...options });
