// The spans of time that History shows, and what it computes of their rows.

import { civil, inWords, minutes } from "./time";

export type Unit = "day" | "month" | "year";
export type Step = "quarter" | "hour" | "day" | "month";
/** A row of /history.json by its columns; numbers as the text that was sent. */
export type Row = Record<string, string | null>;
export interface History { step: Step; from: string; to: string; columns: string[]; rows: (string | null)[][] }
export interface Peaks { hours: [string, string][]; quarters: [string, string][] }

const KEPT: Record<Unit, number> = { day: 10, month: 7, year: 4 };
const WORDS: Record<Unit, Intl.DateTimeFormatOptions> = {
  day: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  month: { month: "long", year: "numeric" },
  year: { year: "numeric" } };

/** Today's date in Sweden, "2026-11-27". */
export const today = () => civil(Date.now()).slice(0, 10);

/** The first day of the span that a date lies in, or of one so many spans later. */
export function beginning(date: string, unit: Unit, later = 0): string {
  const first = date.slice(0, KEPT[unit]) + "-01-01".slice(KEPT[unit] - 4);
  const [year, month, day] = first.split("-").map(Number) as [number, number, number];
  const at = Date.UTC(
    year + (unit === "year" ? later : 0), month - 1 + (unit === "month" ? later : 0), day + (unit === "day" ? later : 0));
  return new Date(at).toISOString().slice(0, 10);
}

/** The span's name for people. At noon every place has that date. */
export const nameOf = (date: string, unit: Unit) => inWords(Date.parse(beginning(date, unit) + "T12:00Z"), WORDS[unit]);

/** When a row begins: as the table says it, or short, as it stands under a bar. */
export function timeOf(row: Row, step: Step, short = false): string {
  const at = +row.time! * 1000;
  if (step === "day") return short ? String(+civil(at).slice(8, 10)) : civil(at).slice(0, 10);
  if (step === "month") return inWords(at, { month: short ? "narrow" : "long" });
  return minutes(at);
}

const SECONDS: Record<Step, number> = { quarter: 900, hour: 3600, day: 86_400, month: 2_629_800 };
const LATE_S = 3900; // some meters tell an hour's energy behind it

/** The rows by their columns, and empty ones up to the end of the span: the device's end with its
 * newest record. What it may still tell is not missing, but `later`. */
export function rowsOf({ step, from, to, columns, rows }: History): Row[] {
  const all: Row[] = rows.map(cells => Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? null])));
  const span = SECONDS[step];
  // The middle of a day or month is within it, clock change or not.
  const middle = span > 3600 ? span / 2 : 0;
  const first = rows.length ? +rows[rows.length - 1]![0]! + span : +from;
  for (let at = first; at + middle < +to; at += span) {
    const quality = Math.min(at + span, +to) + LATE_S < Date.now() / 1000 ? "missing" : "later";
    all.push({ time: String(at + middle), quality });
  }
  return all;
}

/** Whether the row's energy is its own: behind a gap it may be that of the whole gap. */
export const isOwn = (row: Row) => row.quality !== "missing";

/** Thousandths as a decimal, exactly. */
export const decimal = (thousandths: number) => (thousandths / 1000).toFixed(3);

/** A decimal with three places in thousandths: sums of those are exact. */
export const thousandths = (text: string) => Math.round(+text * 1000);

/** The sum of a column, null where nothing of it is known. */
export function total(rows: Row[], column: string): string | null {
  const known = rows.map(row => row[column]).filter(text => text != null) as string[];
  return known.length ? decimal(known.reduce((sum, text) => sum + thousandths(text), 0)) : null;
}

/** The row with the highest value of its own in a column. */
export function highest(rows: Row[], column: string): Row | null {
  return rows.reduce<Row | null>((best, row) =>
    (isOwn(row) && row[column] != null && (!best || +row[column]! > +best[column]!) ? row : best), null);
}
