import type { Pair } from "../language";

export const show: Pair = ["Visa", "Show"];
export const day: Pair = ["Dag", "Day"];
export const month: Pair = ["Månad", "Month"];
export const year: Pair = ["År", "Year"];
export const detail: Pair = ["Indelning", "Divided into"];
export const quarters: Pair = ["kvartar", "quarters"];
export const hours: Pair = ["timmar", "hours"];
export const date: Pair = ["Datum", "Date"];
export const previous: Pair = ["Föregående", "Previous"];
export const next: Pair = ["Nästa", "Next"];
export const update: Pair = ["Uppdatera", "Update"];
export const csv: Pair = ["Hämta CSV", "Download CSV"];
export const chart: Pair = ["Import {0} kWh, export {1} kWh.", "Import {0} kWh, export {1} kWh."];
export const best: Pair = ["Mest import: {0} kWh, {1}.", "Most import: {0} kWh, {1}."];
export const up: Pair = ["import, uppåt", "import, upwards"];
export const down: Pair = ["export, nedåt", "export, downwards"];
export const measured: Pair = ["uppmätt", "measured"];
export const shaped: Pair = ["fördelad", "shaped"];
export const interpolated: Pair = ["interpolerad", "interpolated"];
export const missing: Pair = ["saknas", "missing"];
export const shapedWhy: Pair = [
  "timmen är uppmätt, och delad på kvartarna efter effekten",
  "the hour is measured, and divided among its quarters by power"];
export const interpolatedWhy: Pair = [
  "mätarställningen vid gränsen är beräknad ur dem omkring",
  "the register at the boundary is computed from those around it"];
export const missingWhy: Pair = [
  "är luckans energi känd står den i tabellen, där luckan slutar",
  "if the energy of the gap is known it is in the table, where the gap ends"];
export const holes: Pair = ["{0} av {1} saknas.", "{0} of {1} are missing."];
export const nothing: Pair = ["Ingen historik för den här tiden.", "No history for this time."];
export const totals: Pair = ["Summa", "Totals"];
export const highest: Pair = ["Högsta effekt, {0}", "Highest power, {0}"];
export const most: Pair = ["{0}, högst W", "{0}, most W"];
export const phases: Pair = ["Högsta ström per fas", "Highest current per phase"];
export const phase: Pair = ["{0}: högst {1} A, {2}", "{0}: at most {1} A, {2}"];
export const table: Pair = ["Tabell", "Table"];
export const time: Pair = ["Tid", "Time"];
export const peaks: Pair = ["Månadens toppar, import", "Peaks of the month, import"];
export const peakHour: Pair = ["Timme", "Hour"];
export const peakQuarter: Pair = ["Kvart", "Quarter"];
export const noPeaks: Pair = ["Inga toppar är kända för den här månaden.", "No peaks are known for this month."];
export const noScope: Pair = ["Din länk gäller inte historiken.", "Your link does not cover the history."];
