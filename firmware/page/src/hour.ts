// The last hour's power, kept in this browser.

const STORED = "microhan.hour";
const STEP_S = 5; // the newest value of each
export const HOUR_S = 3600;
const SAVE_MS = 20_000;

/** [moment in s, W from the grid] */
export type Point = [at: number, w: number];

let points: Point[] = [];
let device = "";
let savedAt = 0;

/** Takes up what an earlier page of this device has kept. */
export function loadHour(id: string): void {
  device = id;
  try {
    const kept = JSON.parse(localStorage.getItem(STORED) || "null");
    if (kept && kept.id === id) points = kept.points;
  } catch {
    points = [];
  }
  addEventListener("pagehide", save);
}

/** Adds a moment's power. */
export function addToHour(at: number, w: number | null): void {
  if (w == null) return;
  const step = Math.floor(at / 1000 / STEP_S) * STEP_S;
  const last = points[points.length - 1];
  if (last && last[0] >= step) last[1] = w;
  else points.push([step, w]);
  while (points.length && points[0]![0] < step - HOUR_S) points.shift();
  if (at - savedAt > SAVE_MS) save();
}

/** What is known of the last hour, oldest first. */
export const hour = (): readonly Point[] => points;

/** Forgets it: who logs out leaves nothing behind. */
export function forgetHour(): void {
  points = [];
  try {
    localStorage.removeItem(STORED);
  } catch {
    // nothing was kept
  }
}

function save() {
  savedAt = Date.now();
  try {
    if (points.length) localStorage.setItem(STORED, JSON.stringify({ id: device, points }));
  } catch {
    // no storage here: the page itself still has it
  }
}
