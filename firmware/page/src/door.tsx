// The "close the door" check: does Wi-Fi get out of the metal cabinet?

import { useEffect, useRef, useState } from "preact/hooks";
import { getJson } from "./api";
import { digits, t, type Pair } from "./language";
import { Card, Rows } from "./parts";
import * as HEALTH from "./texts/health";
import { signal } from "./units";

const OPEN_S = 15; // with the door open, to compare
const WHOLE_S = 120;
const STEP_MS = 2000;
const PATIENCE_MS = 4000;

/** One question: how long the answer took in ms (null: none came), and the signal that it told. */
export interface Sample { at: number; ms: number | null; rssi: number | null }

const middle = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? null;
const told = (samples: Sample[]) => samples.filter(one => one.ms != null);
const middleSignal = (samples: Sample[]) =>
  middle(told(samples).flatMap(one => (one.rssi == null ? [] : [one.rssi])));

/** What the samples with the door closed amount to. */
export function verdict(shut: Sample[]): Pair {
  const share = told(shut).length / Math.max(1, shut.length);
  const rssi = middleSignal(shut);
  if (share < 0.8 || (rssi != null && rssi < -85)) return HEALTH.doorPoor;
  return share < 0.97 || (rssi != null && rssi < -77) ? HEALTH.doorFair : HEALTH.doorGood;
}

function row(name: Pair, samples: Sample[]): [string, string, string] {
  const slowest = Math.max(0, ...told(samples).map(one => one.ms!));
  return [t(name), t(HEALTH.doorSeen, told(samples).length, samples.length, signal(middleSignal(samples))),
    t(HEALTH.doorSlowest, digits(Math.round(slowest)))];
}

export function Door() {
  const [begun, setBegun] = useState(0);
  const [samples, setSamples] = useState<Sample[]>([]);
  const [now, setNow] = useState(0);
  const running = useRef(false);
  const passed = begun ? Math.floor((now - begun) / 1000) : 0;
  const over = begun > 0 && passed >= WHOLE_S;
  useEffect(() => () => { running.current = false; }, []);
  const start = async () => {
    const from = Date.now();
    running.current = true;
    setSamples([]);
    setBegun(from);
    setNow(from);
    const timer = setInterval(() => setNow(Date.now()), 500);
    while (running.current && Date.now() - from < WHOLE_S * 1000) {
      const sample = await take(from);
      setSamples(all => [...all, sample]);
      await new Promise(done => setTimeout(done, Math.max(0, STEP_MS - (Date.now() - from - sample.at))));
    }
    clearInterval(timer);
    running.current = false;
    setNow(from + WHOLE_S * 1000);
  };
  const open = samples.filter(one => one.at < OPEN_S * 1000);
  // The first seconds are those in which the door is being closed.
  const shut = samples.filter(one => one.at >= (OPEN_S + 5) * 1000);
  return (
    <Card title={t(HEALTH.door)}>
      <p>{t(HEALTH.doorLead)}</p>
      {begun > 0 && !over && (
        <>
          <p class="lead" role="status">{passed < OPEN_S ? t(HEALTH.doorOpen, OPEN_S - passed) : t(HEALTH.doorShut, WHOLE_S - passed)}</p>
          <progress max={WHOLE_S} value={passed} aria-label={t(HEALTH.door)} />
        </>
      )}
      {over && <p class="lead" role="status">{t(verdict(shut))}</p>}
      {samples.length > 0 && (
        <Rows rows={[row(HEALTH.doorOpenRow, open), ...(shut.length ? [row(HEALTH.doorShutRow, shut)] : [])]} />
      )}
      {(!begun || over) && (
        <p class="buttons"><button type="button" onClick={() => void start()}>{t(over ? HEALTH.doorAgain : HEALTH.doorStart)}</button></p>
      )}
    </Card>
  );
}

async function take(from: number): Promise<Sample> {
  const at = Date.now();
  try {
    const status = await getJson<{ wifi?: { rssi?: number } }>("/status.json", { patience: PATIENCE_MS });
    return { at: at - from, ms: Date.now() - at, rssi: status.wifi?.rssi ?? null };
  } catch {
    return { at: at - from, ms: null, rssi: null };
  }
}
