// "Health": how reader, line and outputs are doing, and what to send to whom.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, getJson, isLoggedOut, Refused } from "./api";
import { said } from "./device_words";
import { Door } from "./door";
import { GridText } from "./grid";
import { digits, t, type Pair } from "./language";
import { live } from "./live";
import { Card, diagnosisWords, Rows, saveFile, Say, wordsOf } from "./parts";
import { Report } from "./report";
import { useHeading } from "./stateful";
import * as APP from "./texts/app";
import * as HEALTH from "./texts/health";
import * as NOW from "./texts/now";
import { clock, meterTime } from "./time";
import { duration, kB, signal } from "./units";

export type Status = Record<string, any>;
type RowList = [string, ComponentChildren, ComponentChildren?][];

const ASK_MS = 5000;
const COUNTERS: Record<string, Pair> = {
  ok: HEALTH.cOk, crc: HEALTH.cCrc, fcs: HEALTH.cFcs, too_long: HEALTH.cTooLong,
  restarted: HEALTH.cRestarted, odd_lines: HEALTH.cOddLines, skipped: HEALTH.cSkipped,
  malformed: HEALTH.cMalformed, unknown_list: HEALTH.cUnknownList, cut_short: HEALTH.cCutShort,
  no_key: HEALTH.cNoKey, wrong_key: HEALTH.cWrongKey, repeated: HEALTH.cRepeated,
  older: HEALTH.cOlder };
const STATES: Record<string, Pair> = {
  off: HEALTH.oOff, connecting: HEALTH.oConnecting, ok: HEALTH.oOk, error: HEALTH.oError };
const FEED: Record<string, Pair> = {
  off: HEALTH.fOff, waiting: HEALTH.fWaiting, measuring: HEALTH.fMeasuring, feeding: HEALTH.fFeeding,
  forbidden: HEALTH.fForbidden, restarting: HEALTH.fRestarting, fault: HEALTH.fFault, low: HEALTH.fLow,
  high: HEALTH.fHigh, blind: HEALTH.fBlind };
const OUTPUTS: Record<string, Pair> = { http: HEALTH.http, mqtt: HEALTH.mqtt, push: HEALTH.push };

export function Health() {
  const heading = useHeading();
  const [status, setStatus] = useState<Status | null>(null);
  const [askedAt, setAskedAt] = useState(0);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      try {
        const told = await getJson<Status>("/status.json");
        if (stopped) return;
        setStatus(told);
        setAskedAt(Date.now());
        setFailed(false);
      } catch (error) {
        setFailed(true);
        if (isLoggedOut(error)) live.end();
      }
      if (!stopped) timer = setTimeout(look, ASK_MS);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  return (
    <div class={failed ? "view stale" : "view"}>
      <h1 class="unseen" tabIndex={-1} ref={heading}>{t(APP.health)}</h1>
      {!status && <p class="banner" role="status">{t(failed ? APP.unreachable : APP.loading)}</p>}
      {status && (
        <>
          {failed && <p class="banner bad" role="status">{t(NOW.goneSince, clock(askedAt))}</p>}
          <Line meter={status.meter} feed={status.feed} />
          <Reader status={status} />
          <Outputs outputs={status.outputs || {}} />
          <Warnings warnings={status.warnings || []} />
          <GridText meter={status.meter} meterId={live.values.meter_id} />
          <Door />
          <Downloads />
          <Report status={status} />
        </>
      )}
    </div>
  );
}

function Line(props: { meter: Status; feed?: Status }) {
  const { meter, feed } = props;
  const rows: RowList = [];
  if (meter.since) rows.push([t(HEALTH.since), meterTime(meter.since)[0]]);
  const { line } = meter;
  if (line) {
    const words = `${line.baud} ${line.format}`;
    rows.push([t(HEALTH.settingsOf), line.found === false ? t(HEALTH.searching, words) : words]);
  }
  if (feed) {
    const volts = feed.pin_1_mv == null ? "" : `${digits((feed.pin_1_mv / 1000).toFixed(2))} V`;
    rows.push([t(HEALTH.pin1), volts, FEED[feed.state] ? t(FEED[feed.state]!) : feed.state]);
    if (feed.restarts) rows.push([t(HEALTH.portRestarts), t(HEALTH.portCured, feed.restarts, feed.cured)]);
  }
  if (meter.authenticated != null) {
    rows.push([t(HEALTH.authenticated), t(meter.authenticated ? HEALTH.proven : HEALTH.unproven)]);
  }
  for (const [key, count] of Object.entries(meter.counters || {})) {
    if (count || key === "ok" || key === "crc") {
      rows.push([COUNTERS[key] ? t(COUNTERS[key]!) : key, digits(count as number)]);
    }
  }
  return (
    <Card title={t(HEALTH.line)}>
      <p class="lead">{diagnosisWords(meter as any)}</p>
      <Rows rows={rows} />
    </Card>
  );
}

function Reader(props: { status: Status }) {
  const { uptime_s: uptime, memory = {}, resets = {}, wifi = {}, loop = {}, crash, ...status } = props.status;
  const rows: RowList = [
    [t(HEALTH.signal), signal(wifi.rssi)],
    [t(HEALTH.heap), t(HEALTH.free, kB(memory.free), kB(memory.low))]];
  if (memory.system_block != null) {
    rows.push([t(HEALTH.system), t(HEALTH.block, kB(memory.system_block), kB(memory.system_low))]);
  }
  const tasks = Object.entries(resets.tasks || {}).map(([name, count]) => `${name} ${count}×`);
  rows.push([t(HEALTH.uptime), duration(uptime)], [t(HEALTH.cause), said(resets.cause || "unknown")],
    [t(HEALTH.restarted), tasks.join(", ") || t(HEALTH.noRestarts)]);
  const { healed } = resets;
  if (healed?.wifi || healed?.chip) {
    rows.push([t(HEALTH.healed), t(HEALTH.healedTimes, healed.wifi || 0, healed.chip || 0), healed.why]);
  }
  if (crash) {
    const when = crash.time ? clock(crash.time * 1000) : "";
    rows.push([t(HEALTH.crash), t(HEALTH.crashes, crash.count, said(crash.error)), when]);
  }
  if (loop.latency_ms != null) rows.push([t(HEALTH.latency), `${digits(loop.latency_ms)} ms`]);
  rows.push([t(HEALTH.version), `${status.version} (${status.build})`], ["Id", status.id]);
  return <Card title={t(HEALTH.device)}><Rows rows={rows} /></Card>;
}

function Outputs(props: { outputs: Record<string, Status> }) {
  return (
    <Card title={t(HEALTH.outputs)}>
      <Rows rows={Object.entries(props.outputs).map(([name, output]) => [
        OUTPUTS[name] ? t(OUTPUTS[name]!) : name,
        <span class={output.state === "error" ? "bad" : ""}>{STATES[output.state] ? t(STATES[output.state]!) : output.state}</span>,
        <>
          {output.error && <span class="bad">{said(output.error)}</span>}
          {output.queued > 0 && <span>{t(HEALTH.queued, output.queued)}</span>}
          {output.kept > 0 && <span>{t(HEALTH.kept, digits(output.kept))}</span>}
          {output.thinned > 0 && <span>{t(HEALTH.thinned, digits(output.thinned))}</span>}
          {output.lost > 0 && <span>{t(HEALTH.lostAll, digits(output.lost))}</span>}
          {output.dropped > 0 && <span>{t(HEALTH.dropped, output.dropped)}</span>}
          {output.requests != null && <span>{t(HEALTH.requests, digits(output.requests), digits(output.wrong_credentials))}</span>}
        </>])} />
    </Card>
  );
}

function Warnings(props: { warnings: string[] }) {
  return (
    <Card title={t(HEALTH.warnings)}>
      {props.warnings.length
        ? <ul>{props.warnings.map(text => <li key={text} class="bad">{said(text)}</li>)}</ul>
        : <p>{t(HEALTH.noWarnings)}</p>}
    </Card>
  );
}

const FILES: [path: string, label: Pair, none: Pair][] = [
  ["/telegram.txt", HEALTH.telegramTxt, HEALTH.noTelegram],
  ["/telegram.bin", HEALTH.telegramBin, HEALTH.noTelegram],
  ["/capture.bin", HEALTH.capture, HEALTH.noCapture],
  ["/log.txt", HEALTH.log, HEALTH.noLog],
  ["/crash.txt", HEALTH.crash, HEALTH.noCrash]];

function Downloads() {
  const [problem, setProblem] = useState("");
  const load = async (path: string, none: Pair) => {
    setProblem("");
    try {
      saveFile("microhan-" + path.slice(1), await (await ask(path)).blob());
    } catch (error) {
      const absent = error instanceof Refused && (error.status === 404 || error.status === 503);
      setProblem(absent ? t(none) : wordsOf(error));
    }
  };
  return (
    <Card title={t(HEALTH.downloads)}>
      <p class="buttons">
        {FILES.map(([path, label, none]) => (
          <button key={path} type="button" onClick={() => void load(path, none)}>{t(label)}</button>
        ))}
      </p>
      <Say bad={!!problem}>{problem}</Say>
      <p class="hint">{t(HEALTH.holds)}</p>
    </Card>
  );
}
