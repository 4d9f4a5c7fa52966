// Words for amounts that are no readings.

import { digits, t } from "./language";
import * as HEALTH from "./texts/health";

const STRONG_DBM = -67;
const WEAK_DBM = -77;

/** Whole kB of so many bytes. */
export const kB = (bytes: number) => digits(Math.floor(bytes / 1024));

/** How long, in its two largest units. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return t(HEALTH.days, Math.floor(hours / 24), hours % 24);
  return hours ? t(HEALTH.hours, hours, minutes % 60) : t(HEALTH.mins, minutes, seconds % 60);
}

/** Words for a signal in dBm. */
export function signal(rssi: number | null | undefined): string {
  if (rssi == null) return t(HEALTH.noWifi);
  const words = rssi >= STRONG_DBM ? HEALTH.signalGood : rssi >= WEAK_DBM ? HEALTH.signalFair : HEALTH.signalPoor;
  return `${digits(rssi)} dBm, ${t(words)}`;
}
