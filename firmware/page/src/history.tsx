// "History": what the device has kept, a day, a month or a year at a time.

import { useEffect, useState } from "preact/hooks";
import { ask, getText, inTurn, isLoggedOut, parseExactly } from "./api";
import { Bars, type Column } from "./bars";
import { digits, t, type Pair } from "./language";
import { live } from "./live";
import { fuseSize } from "./local";
import type { Session } from "./main";
import { Card, Rows, saveFile, Say, wordsOf } from "./parts";
import {
  beginning, decimal, highest, isOwn, nameOf, rowsOf, thousandths, timeOf, today, total,
  type History as Told, type Peaks as ToldPeaks, type Row, type Step, type Unit } from "./span";
import { useHeading } from "./stateful";
import * as APP from "./texts/app";
import * as HISTORY from "./texts/history";
import * as NOW from "./texts/now";
import { inWords, minutes } from "./time";

const UNITS: [Unit, Pair][] = [["day", HISTORY.day], ["month", HISTORY.month], ["year", HISTORY.year]];
const QUALITIES: Record<string, readonly [name: Pair, why?: Pair]> = {
  measured: [HISTORY.measured], shaped: [HISTORY.shaped, HISTORY.shapedWhy],
  interpolated: [HISTORY.interpolated, HISTORY.interpolatedWhy], missing: [HISTORY.missing, HISTORY.missingWhy] };
const LABELLED: Record<Step, number> = { quarter: 24, hour: 6, day: 5, month: 1 };
const PEAKS = 5;
const IN = "active_energy_import_kwh";
const OUT = "active_energy_export_kwh";
const SUMS: [Pair, string, string][] = [
  [NOW.imported, IN, "kWh"], [NOW.exported, OUT, "kWh"],
  [NOW.rin, "reactive_energy_import_kvarh", "kvarh"], [NOW.rout, "reactive_energy_export_kvarh", "kvarh"]];
const POWERS: [Pair, string][] = [
  [NOW.imported, "active_power_import_max_w"], [NOW.exported, "active_power_export_max_w"]];
const PHASES = ["L1", "L2", "L3"];
const current = (phase: string) => `current_${phase.toLowerCase()}_max_a`;

const quality = (row: Row) => {
  const found = QUALITIES[row.quality!];
  return found ? t(found[0]) : row.quality!;
};

/** What an address answers: [answer, what went wrong], both empty until then. It is asked anew
 * when one of the others has changed. */
function useAnswer<T>(path: string, asked: number, session: Session): [T?, unknown?] {
  const [told, setTold] = useState<{ path?: string; answer?: T; error?: unknown }>({});
  useEffect(() => {
    if (!path) return;
    const stop = new AbortController();
    const take = (answer?: T, error?: unknown) => {
      if (stop.signal.aborted) return;
      if (isLoggedOut(error)) live.end();
      setTold({ path, answer, error });
    };
    inTurn(async () => parseExactly(await getText(path)), stop.signal).then(take, error => take(undefined, error));
    return () => stop.abort();
  }, [path, asked, session]);
  return told.path === path ? [told.answer, told.error] : [];
}

export function History(props: { session: Session }) {
  const heading = useHeading();
  const { session } = props;
  return (
    <div class="view">
      <h1 class="unseen" tabIndex={-1} ref={heading}>{t(APP.history)}</h1>
      {session.scope.includes("history") ? <Spans session={session} /> : <p class="banner wide">{t(HISTORY.noScope)}</p>}
    </div>
  );
}

function Spans(props: { session: Session }) {
  const [unit, setUnit] = useState<Unit>("day");
  const [inHours, setInHours] = useState(false);
  const [date, setDate] = useState(today());
  const [asked, setAsked] = useState(0);
  const step: Step = unit === "year" ? "month" : unit === "month" ? "day" : inHours ? "hour" : "quarter";
  const query = `step=${step}&from=${beginning(date, unit)}&to=${beginning(date, unit, 1)}`;
  const { session } = props;
  const [told, error] = useAnswer<Told>("/history.json?" + query, asked, session);
  const [peaks, noPeaks] = useAnswer<ToldPeaks>(unit === "year" ? "" : "/peaks.json?month=" + date.slice(0, 7), asked, session);
  const rows = told && rowsOf(told);
  const past = rows?.filter(row => row.quality !== "later");
  const isEmpty = past?.every(row => row[IN] == null);
  return (
    <>
      <Card class="wide">
        <p class="buttons" role="group" aria-label={t(HISTORY.show)}>
          {UNITS.map(([name, pair]) => (
            <button key={name} type="button" aria-pressed={unit === name} onClick={() => setUnit(name)}>{t(pair)}</button>
          ))}
          {unit === "day" && (
            <select aria-label={t(HISTORY.detail)} value={inHours ? "h" : ""} onChange={event => setInHours(!!event.currentTarget.value)}>
              <option value="">{t(HISTORY.quarters)}</option>
              <option value="h">{t(HISTORY.hours)}</option>
            </select>
          )}
        </p>
        <p class="buttons">
          <button type="button" onClick={() => setDate(beginning(date, unit, -1))}>{t(HISTORY.previous)}</button>
          <input type="date" aria-label={t(HISTORY.date)} value={date} max={today()}
            onChange={event => event.currentTarget.value && setDate(event.currentTarget.value)} />
          <button type="button" disabled={beginning(date, unit, 1) > today()} onClick={() => setDate(beginning(date, unit, 1))}>{t(HISTORY.next)}</button>
          <button type="button" onClick={() => setAsked(asked + 1)}>{t(HISTORY.update)}</button>
        </p>
      </Card>
      <Card title={nameOf(date, unit)} class="wide chart">
        <Say bad={!!error}>{error ? wordsOf(error) : !rows ? t(APP.loading) : isEmpty ? t(HISTORY.nothing) : ""}</Say>
        {rows && <Energy rows={rows} step={step} />}
      </Card>
      {past && !isEmpty && (
        <>
          <div class="stack">
            <Totals rows={past} step={step} />
            {unit !== "year" && <Peaks peaks={peaks} error={noPeaks} />}
          </div>
          <Table rows={past} step={step} query={query} />
          <Phases rows={rows!} step={step} />
        </>
      )}
    </>
  );
}

function Energy(props: { rows: Row[]; step: Step }) {
  const { rows, step } = props;
  const columns: Column[] = rows.map(row => ({
    label: timeOf(row, step, true), quality: row.quality!,
    title: row.quality === "later" ? "" : `${timeOf(row, step)}: ${digits(row[IN])} / ${digits(row[OUT])} kWh, ${quality(row)}`,
    up: isOwn(row) ? +(row[IN] || 0) : 0, down: isOwn(row) ? +(row[OUT] || 0) : 0 }));
  const best = highest(rows, IN);
  const seen = Object.entries(QUALITIES).filter(([name, [, why]]) => why && rows.some(row => row.quality === name));
  return (
    <figure>
      <figcaption>
        {t(HISTORY.chart, digits(total(rows, IN)), digits(total(rows, OUT)))}
        {best && " " + t(HISTORY.best, digits(best[IN]), timeOf(best, step))}
      </figcaption>
      <Bars columns={columns} labelled={LABELLED[step]} unit="kWh" />
      <ul class="legend">
        <li><Swatch side="up" />{t(HISTORY.up)}</li>
        <li><Swatch side="down" />{t(HISTORY.down)}</li>
        {seen.map(([name, [words, why]]) => <li key={name}><Swatch quality={name} side="up" />{t(words)}: {t(why!)}</li>)}
      </ul>
    </figure>
  );
}

const Swatch = (props: { side: string; quality?: string }) => (
  <span class="columns" aria-hidden="true">
    <span class={props.quality}>{props.quality !== "missing" && <i class={props.side} />}</span>
  </span>
);

function Totals(props: { rows: Row[]; step: Step }) {
  const { rows, step } = props;
  const lines: [string, string, string?][] = [];
  for (const [label, column, unit] of SUMS) {
    const sum = total(rows, column);
    if (sum != null || unit === "kWh") lines.push([t(label), `${digits(sum)} ${unit}`]);
  }
  for (const [label, column] of POWERS) {
    const best = highest(rows, column);
    if (best && +best[column]!) {
      lines.push([t(HISTORY.highest, t(label).toLowerCase()), `${digits(best[column])} W`, timeOf(best, step)]);
    }
  }
  const holes = rows.filter(row => row.quality === "missing").length;
  return (
    <Card title={t(HISTORY.totals)}>
      <Rows rows={lines} />
      {holes > 0 && <p class="hint warn">{t(HISTORY.holes, holes, rows.length)}</p>}
    </Card>
  );
}

/** The highest current of each phase; against the main fuse, where it is known. */
function Phases(props: { rows: Row[]; step: Step }) {
  const { rows, step } = props;
  const there = PHASES.filter(phase => rows.some(row => row[current(phase)] != null));
  if (!there.length) return null;
  const fuse = +fuseSize();
  return (
    <Card title={t(HISTORY.phases)} class="wide phases3">
      {fuse > 0 && <p class="hint">{t(NOW.fuse)}: {fuse} A</p>}
      {there.map(phase => {
        const column = current(phase);
        const best = highest(rows, column)!;
        return (
          <figure key={phase} class="low">
            <figcaption>{t(HISTORY.phase, phase, digits(best[column]), timeOf(best, step))}</figcaption>
            <Bars unit="A" labelled={LABELLED[step]} limit={fuse} columns={rows.map(row => ({
              label: timeOf(row, step, true), title: `${timeOf(row, step)}: ${digits(row[column])} A`,
              quality: row[column] == null && row.quality !== "later" ? "missing" : "", up: +(row[column] || 0) }))} />
          </figure>
        );
      })}
    </Card>
  );
}

function Peaks(props: { peaks?: ToldPeaks; error: unknown }) {
  const { peaks, error } = props;
  const list = (label: Pair, found: [string, string][], perHour: number) => found.slice(0, PEAKS).map(([at, kwh]) => (
    [`${t(label)} ${inWords(+at * 1000, { day: "numeric", month: "short" })} ${minutes(+at * 1000)}`,
      `${digits(decimal(thousandths(kwh) * perHour))} kW`] as const));
  const rows = peaks ? [...list(HISTORY.peakHour, peaks.hours, 1), ...list(HISTORY.peakQuarter, peaks.quarters, 4)] : [];
  return (
    <Card title={t(HISTORY.peaks)}>
      <Say bad={!!error}>{error ? wordsOf(error) : !peaks ? t(APP.loading) : rows.length ? "" : t(HISTORY.noPeaks)}</Say>
      <Rows rows={rows} />
    </Card>
  );
}

function Table(props: { rows: Row[]; step: Step; query: string }) {
  const { rows, step, query } = props;
  const [problem, setProblem] = useState("");
  const columns: [string, string][] = [
    [t(NOW.imported) + ", kWh", IN], [t(NOW.exported) + ", kWh", OUT],
    ...POWERS.map(([label, column]) => [t(HISTORY.most, t(label)), column] as [string, string]),
    ...PHASES.map(phase => [phase + ", A", current(phase)] as [string, string])];
  const shown = columns.filter(([, column]) => rows.some(row => row[column] != null));
  const save = async () => {
    setProblem("");
    try {
      const load = async () => (await ask("/history.csv?" + query)).blob();
      saveFile(`microhan-${query.replace(/\w+=/g, "").replace(/&/g, "-")}.csv`, await inTurn(load, new AbortController().signal));
    } catch (error) {
      setProblem(wordsOf(error));
    }
  };
  return (
    <Card title={t(HISTORY.table)} class="settings">
      <div class="scroll" tabIndex={0} role="group" aria-label={t(HISTORY.table)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t(HISTORY.time)}</th>
              {shown.map(([label, column]) => <th key={column} scope="col">{label}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i} class={row.quality!}>
                <th scope="row">{timeOf(row, step)}{row.quality !== "measured" && <small>{quality(row)}</small>}</th>
                {shown.map(([, column]) => <td key={column}>{digits(row[column])}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="buttons"><button type="button" onClick={() => void save()}>{t(HISTORY.csv)}</button></p>
      <Say bad={!!problem}>{problem}</Say>
    </Card>
  );
}
