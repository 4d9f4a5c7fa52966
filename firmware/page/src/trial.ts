// After new settings are saved: the device restarts, and where they are on trial it goes back by
// itself if they do not connect. The page waits for it and says which it was.

import { getJson } from "./api";
import { t } from "./language";
import { SETTINGS } from "./texts";

const TRIAL_S = 120;
const BEYOND_S = 40; // for its restarts
const ASK_MS = 3000;

type Say = (text: string, bad?: boolean) => void;

/** Waits until the device is back, and on trial until it is clear how that ended. */
export async function watchTrial(trial: boolean, section: string, changes: Record<string, unknown>, say: Say): Promise<void> {
  const begun = Date.now();
  const left = () => TRIAL_S - Math.floor((Date.now() - begun) / 1000);
  say(t(SETTINGS.restarting));
  await pause();
  let seen = false;
  while (left() > -BEYOND_S) {
    if (trial) say(t(SETTINGS.trial, Math.max(0, left())));
    const end = await look(section, changes);
    seen = seen || end !== "away";
    if (end === "reverted") return say(t(SETTINGS.reverted), true);
    if (end === "kept" || (!trial && end === "trying")) return say(t(trial ? SETTINGS.kept : SETTINGS.saved));
    await pause();
  }
  say(t(seen ? SETTINGS.kept : SETTINGS.lost), !seen);
}

const pause = () => new Promise(done => setTimeout(done, ASK_MS));

/** How the new settings are doing: in use (and proven, as far as the device says so), or gone. */
async function look(section: string, changes: Record<string, unknown>): Promise<"away" | "trying" | "kept" | "reverted"> {
  try {
    const config = await getJson<Record<string, Record<string, unknown>>>("/config.json", { patience: 4000 });
    const now = config[section] || {};
    const same = Object.entries(changes).every(([key, value]) =>
      typeof now[key] === "object" || now[key] === value);
    if (!same) return "reverted";
    if (section !== "mqtt") return "trying";
    const status = await getJson<{ outputs?: Record<string, { state: string }> }>("/status.json");
    return status.outputs?.mqtt?.state === "ok" ? "kept" : "trying";
  } catch {
    return "away";
  }
}
