// What the device sends by itself (/events), and how old it is: no number is called "now" whose
// telegram is not new, whatever has become of the device, the network or this browser.

import { ask, getJson, getText, isLoggedOut, parseExactly, Refused } from "./api";
import { addToHour } from "./hour";
import { isDoubtful, merged, netPower, type Values } from "./values";

export interface Meter {
  state: string;
  text_sv: string;
  text_en: string;
  since?: string | null;
  [other: string]: any;
}

/** Why numbers are not called "now". */
export type Trouble = "" | "waiting" | "gone" | "silent" | "over";

const GONE_MS = 20_000; // the device sends at least each 6 s
const BROKEN_MS = 5_000; // a broken stream may take so long to be taken up again
const RETRY_MS = 2_000;
const POLL_MS = 5_000; // where there is no place for a stream
const POLLS = 6;
const LOAD_MS = 60_000; // the whole State again, for what comes seldom
const USUAL_S = 10;
const LEAST_SILENCE_S = 20;

class Live {
  values: Values = {};
  meter: Meter | null = null;
  /** When the newest telegram came (Date.now()); 0: none has yet. */
  readAt = 0;
  /** When the device was last heard at all. */
  heardAt = 0;
  /** What /status.json says of the meter beyond that: its units, while they are worked out. */
  units: Meter | null = null;
  over = false;
  polling = false;
  private open = false;
  private brokenAt = Date.now();
  private gaps: number[] = [];
  private nextAge = 0; // of the Reading that comes next, s
  private loadedAt = 0;
  private stop: AbortController | null = null;
  private running = false;
  private listeners = new Set<() => void>();
  private asking = false;

  /** Calls `listener` at each change, and each second. Returns what ends that. */
  follow(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => { this.listeners.delete(listener); };
  }

  /** Begins to listen, or goes on after a new login. */
  start(): void {
    this.over = false;
    if (this.running) return;
    this.running = true;
    this.brokenAt = this.heardAt = Date.now();
    void this.run();
    const tick = setInterval(() => this.check(tick), 1000);
    // A browser that slept shows its old numbers again at once: look before it is drawn.
    for (const event of ["visibilitychange", "pageshow", "focus", "online"]) {
      addEventListener(event, this.tell, true);
    }
  }

  /** Ends it: nobody is logged in any more. */
  end(): void {
    this.over = true;
    this.running = false;
    this.stop?.abort();
    this.tell();
  }

  /** Seconds between telegrams, as seen. */
  interval(): number {
    const sorted = [...this.gaps].sort((a, b) => a - b);
    return sorted.length > 1 ? sorted[sorted.length >> 1]! : USUAL_S;
  }

  /** What is wrong with the numbers just now. */
  trouble(now = Date.now()): Trouble {
    if (this.over) return "over";
    if (!this.readAt && this.open) return "waiting";
    if (now - this.heardAt > GONE_MS || (!this.open && now - this.brokenAt > BROKEN_MS)) {
      return "gone";
    }
    if (!this.readAt) return "waiting";
    const patience = Math.max(LEAST_SILENCE_S, 2.5 * this.interval());
    return now - this.readAt > patience * 1000 ? "silent" : "";
  }

  private tell = () => this.listeners.forEach(listener => listener());

  private check(tick: ReturnType<typeof setInterval>) {
    if (!this.running) clearInterval(tick);
    if (Date.now() - this.heardAt > GONE_MS) this.stop?.abort(); // it may hang for ever
    else if (this.open && Date.now() - this.loadedAt > LOAD_MS) this.refresh();
    this.tell();
  }

  private async run() {
    while (this.running) {
      try {
        await this.listen();
      } catch (error) {
        if (isLoggedOut(error)) this.end();
        else if (error instanceof Refused && error.status === 503) await this.poll();
      }
      if (this.open) this.brokenAt = Date.now();
      this.open = this.polling = false;
      this.tell();
      if (this.running) await new Promise(done => setTimeout(done, RETRY_MS));
    }
  }

  private heard() {
    this.heardAt = Date.now();
    this.open = true;
  }

  private async listen() {
    this.stop = new AbortController();
    const answer = await ask("/events", { signal: this.stop.signal });
    const reader = answer.body!.getReader();
    const text = new TextDecoder();
    let rest = "";
    this.heard();
    this.refresh();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.heard();
      const blocks = (rest + text.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop()!;
      blocks.forEach(block => this.take(block));
      this.tell();
    }
  }

  private take(block: string) {
    const name = /^event: (.*)$/m.exec(block);
    const data = /^data: (.*)$/m.exec(block);
    if (!name || !data) return; // a heartbeat
    if (name[1] === "meter") this.meter = JSON.parse(data[1]!);
    else if (name[1] === "age") this.nextAge = +data[1]!;
    else if (name[1] === "reading") this.reading(parseExactly(data[1]!));
  }

  private reading(telegram: Values) {
    const at = Date.now() - this.nextAge * 1000;
    if (!this.nextAge && this.readAt) this.gaps = [...this.gaps, (at - this.readAt) / 1000].slice(-5);
    this.nextAge = 0;
    this.readAt = at;
    this.values = merged(this.values, telegram);
    addToHour(at, netPower(this.values));
    if (isDoubtful(this.values, telegram, Date.now() - this.loadedAt)) this.refresh();
  }

  private refresh() {
    if (this.asking) return;
    this.asking = true;
    this.load().catch(error => { if (isLoggedOut(error)) this.end(); })
      .finally(() => { this.asking = false; });
  }

  private async load() {
    try {
      this.loadedAt = Date.now();
      this.values = parseExactly(await getText("/reading.json"));
    } catch (error) {
      if (!(error instanceof Refused && error.status === 503)) throw error; // no telegram yet
    }
    this.heard();
    this.tell();
    // A unit that is being worked out leaves registers or currents out.
    const { active_energy_import_kwh: energy, current_l1_a: current } = this.values;
    if (energy == null || current == null || this.units) {
      this.units = (await getJson<{ meter: Meter }>("/status.json")).meter;
    }
  }

  // Somebody else has the last place for a stream.
  private async poll() {
    this.polling = true;
    try {
      for (let i = 0; i < POLLS && this.running; i++) {
        const before = this.values.time;
        this.meter = (await getJson<{ meter: Meter }>("/status.json")).meter;
        await this.load();
        if (before && this.values.time !== before) {
          this.readAt = Date.now();
          addToHour(this.readAt, netPower(this.values));
        }
        this.tell();
        await new Promise(done => setTimeout(done, POLL_MS));
      }
    } catch (error) {
      if (isLoggedOut(error)) this.end();
    }
  }
}

export const live = new Live();
