// A new version: from a file to the reader, and what came of it.

import { useEffect, useState } from "preact/hooks";
import { ask, getJson, isLoggedOut, Refused, send } from "./api";
import { t, type Pair } from "./language";
import { live } from "./live";
import { Card, Say, wordsOf } from "./parts";
import * as TOKENS from "./texts/tokens";
import * as UPDATE from "./texts/update";
import { kB } from "./units";

/** What /update.json says. */
interface Told {
  state?: "coming" | "stopped" | "ready" | "wanted" | "trial" | "back";
  version: string;
  received: number;
  size: number;
  word: string;
  error: string;
  fetch?: { busy?: boolean; error?: string }; // where an address is set
  runs: { version: string; build: string; mpy: number };
}

interface Manifest { version: string; arch: string; mpy: number; files: number }

interface Package { file: File; manifest: Manifest; notes: string }

const CHIPS: Record<string, string> = { xtensawin: "ESP32, ESP32-S3", rv32imc: "ESP32-C3" };
const END = 396; // bytes of tail and signature: docs/releasing.md has the format
const MAGIC = 0x0150484d; // "MHP", version 1
const LOOK_MS = 5000;
const PATIENCE_MS = 25_000;
const TRIES = 20; // in a row, without a byte
const WHY: Record<string, Pair> = {
  starts: UPDATE.starts, wifi: UPDATE.wifi, meter: UPDATE.meter, signature: UPDATE.signature,
  damaged: UPDATE.damaged, micropython: UPDATE.another, no_room: UPDATE.noRoom, full: UPDATE.noRoom,
  format: UPDATE.bad, truncated: UPDATE.bad, newer_format: UPDATE.newer, architecture: UPDATE.other,
  older: UPDATE.isOlder, no_key: UPDATE.noKey, failed: UPDATE.failed, busy: UPDATE.trial };
const pause = (ms: number) => new Promise(done => setTimeout(done, ms));

/** Reads the end of a package, which says what it is. Rejects if it is none. */
async function read(file: File): Promise<Package> {
  const bytes = (from: number, to: number) => file.slice(from, to).arrayBuffer();
  const tail = new DataView(await bytes(file.size - END, file.size - END + 12));
  const number = (at: number) => tail.getUint32(at, true);
  if (number(0) !== MAGIC || number(8) !== file.size) throw new Error();
  const rest = new Uint8Array(await bytes(number(4), file.size - END));
  const text = (from: number, to?: number) => new TextDecoder().decode(rest.subarray(from, to));
  const line = rest.indexOf(10);
  const manifest: Manifest = JSON.parse(text(0, line));
  return { file, manifest, notes: text(line + 1 + 36 * manifest.files) };
}

/** Whether version `a` is older than `b`; both are numbers with dots. */
function isOlder(a: string, b: string): boolean {
  const [ours, theirs] = [a, b].map(text => text.split(".").map(Number));
  const at = ours!.findIndex((number, i) => number !== theirs![i]);
  return at < 0 ? ours!.length < theirs!.length : ours![at]! < (theirs![at] ?? -1);
}

/** Sends what the device has not got yet, again and again where the connection breaks. */
async function deliver({ file, manifest, notes }: Package, older: boolean, onSent: (percent: number) => void, onLost: () => void) {
  let last = -1;
  for (let tries = 0; ;) {
    try {
      const answer = await ask("/update.json", { method: "POST", body: { size: file.size, manifest, older, news: notes.slice(0, 255) } });
      const { received } = await answer.json() as Told;
      if (received === file.size) return;
      if (received > last) tries = 0;
      last = received;
      const { state }: Told = await send("/update?at=" + received, file.slice(received), PATIENCE_MS,
        bytes => onSent(Math.round(100 * (received + bytes) / file.size)));
      if (state === "ready") return;
    } catch (error) {
      const mayPass = !(error instanceof Refused) || error.status === 409 || error.status === 503;
      if (!mayPass || ++tries > TRIES) throw error;
      onLost();
      await pause(2000);
    }
  }
}

export function Update() {
  const [told, setTold] = useState<Told | null>(null);
  const [chosen, setChosen] = useState<Package | null>(null);
  const [older, setOlder] = useState(false);
  const [sent, setSent] = useState(-1); // percent; -1: nothing is under way
  const [message, setMessage] = useState({ bad: false, text: "" });
  const say = (text: string, bad = false) => setMessage({ bad, text });
  const look = async () => setTold(await getJson<Told>("/update.json"));
  const attempt = async (work: () => Promise<unknown>) => {
    say("");
    try {
      await work();
      await look();
    } catch (error) {
      if (isLoggedOut(error)) live.end();
      say(wordsOf(error, WHY), true);
    }
    setSent(-1);
  };
  const state = told?.state;
  const isTried = state === "wanted" || state === "trial";
  const fetching = told?.fetch?.busy;
  useEffect(() => { void attempt(look); }, []);
  useEffect(() => {
    if (!isTried && !fetching) return;
    const timer = setInterval(() => getJson<Told>("/update.json").then(now => {
      if (now.runs.build !== told!.runs.build) location.reload(); // it has a page of its own
      setTold(now);
    }).catch(() => {}), LOOK_MS);
    return () => clearInterval(timer);
  }, [state, fetching]);
  const choose = async (file?: File) => {
    setChosen(null);
    setOlder(false);
    say("");
    if (file) await read(file).then(setChosen).catch(() => say(t(UPDATE.bad), true));
  };
  const deliverIt = () => attempt(async () => {
    setSent(0);
    say(t(UPDATE.sending));
    await deliver(chosen!, older, percent => {
      setSent(percent);
      say(t(UPDATE.sending));
    }, () => say(t(UPDATE.again)));
    setChosen(null);
    say("");
  });
  const act = (path: string, method: string) => attempt(() => ask(path, { method }));
  const busy = sent >= 0;
  return (
    <Card title={t(UPDATE.title)}>
      {told && <State told={told} />}
      {!!told?.size && !busy && (
        <p class="buttons">
          {state === "ready" && <button type="button" class="main" onClick={() => void act("/install", "POST")}>{t(UPDATE.install)}</button>}
          <button type="button" onClick={() => void act("/update.json", "DELETE")}>{t(TOKENS.remove)}</button>
        </p>
      )}
      {told?.fetch && !isTried && !busy && !fetching && <button type="button" onClick={() => void act("/update/fetch", "POST")}>{t(UPDATE.fetch)}</button>}
      {fetching && <progress max={told.size || 1} value={told.received || 0} aria-label={t(UPDATE.fetch)} />}
      {told?.fetch && <Say bad>{told.fetch.error}</Say>}
      {told && !isTried && !fetching && (
        <p class="field">
          <label for="update">{t(UPDATE.file)}</label>
          <input id="update" type="file" accept=".pack" disabled={busy} onChange={event => void choose(event.currentTarget.files?.[0])} />
        </p>
      )}
      {chosen && told && <Chosen {...chosen} told={told} older={older} onOlder={setOlder} busy={busy} onSend={deliverIt} />}
      {busy && <progress max={100} value={sent} aria-label={t(UPDATE.sending)} />}
      <Say bad={message.bad}>{message.text}</Say>
      <p class="hint">{t(UPDATE.cable)}</p>
    </Card>
  );
}

function State({ told }: { told: Told }) {
  const { state, version, received, size, word, error } = told;
  return (
    <>
      <p>{t(UPDATE.runs, told.runs.version)}</p>
      <Say bad={state === "back"}>
        {state === "stopped" && t(UPDATE.stopped, kB(received), kB(size), version)}
        {state === "ready" && t(UPDATE.ready, version)}
        {state === "wanted" && t(UPDATE.wanted)}
        {state === "trial" && t(UPDATE.trial)}
        {state === "back" && t(UPDATE.back, WHY[word] ? t(WHY[word]!) : error)}
      </Say>
    </>
  );
}

/** What a file is, before anything of it is sent. */
function Chosen(props: Package & { told: Told; older: boolean; onOlder: (yes: boolean) => void; busy: boolean; onSend: () => Promise<void> }) {
  const { manifest, notes } = props;
  const { version, arch, mpy } = manifest;
  const { runs } = props.told;
  const chip = CHIPS[arch] || arch;
  const goesBack = isOlder(version, runs.version);
  if (mpy >> 10 !== runs.mpy >> 10) return <Say bad>{t(UPDATE.chip, chip)}</Say>;
  return (
    <>
      <p>{t(UPDATE.found, version, chip, kB(props.file.size))}</p>
      {notes && <details><summary>{t(UPDATE.news)}</summary><pre tabIndex={0}>{notes}</pre></details>}
      {goesBack && (
        <p><label><input type="checkbox" checked={props.older} onChange={event => props.onOlder(event.currentTarget.checked)} />{" "}{t(UPDATE.older)}</label></p>
      )}
      <p class="buttons"><button type="button" disabled={props.busy || goesBack && !props.older} onClick={() => void props.onSend()}>{t(UPDATE.send)}</button></p>
    </>
  );
}
