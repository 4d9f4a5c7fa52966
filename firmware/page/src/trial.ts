// After new settings are saved: the device restarts, and where they are on trial it goes back by
// itself if they do not connect. The page waits for it and says which it was.

import { getJson } from "./api";
import { t } from "./language";
import * as SETTINGS from "./texts/settings";

const TRIAL_S = 120;
const LOST_S = 180; // beyond that
const ASK_MS = 3000;

type Say = (text: string, bad?: boolean) => void;

/** Waits until the device is back, and on trial until it is clear how that ended. */
export async function watchTrial(trial: boolean, say: Say): Promise<void> {
  const begun = Date.now();
  const left = () => TRIAL_S - Math.floor((Date.now() - begun) / 1000);
  say(t(SETTINGS.restarting));
  await pause();
  for (;;) {
    if (trial) say(t(SETTINGS.trial, Math.max(0, left())));
    const state = await look();
    if (state && !trial) return say(t(SETTINGS.saved));
    if (state === "reverted") return say(t(SETTINGS.reverted), true);
    if (state === "none") return say(t(SETTINGS.kept));
    if (left() < -LOST_S) return say(t(SETTINGS.lost), true);
    await pause();
  }
}

const pause = () => new Promise(done => setTimeout(done, ASK_MS));

/** How the trial stands, as the device says; "" where it does not answer. */
async function look(): Promise<"running" | "reverted" | "none" | ""> {
  try {
    return (await getJson<{ state: "running" | "reverted" | "none" }>("/trial.json", { patience: 4000 })).state;
  } catch {
    return "";
  }
}
