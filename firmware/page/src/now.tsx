// "Now": the newest values. None is called "now" that is not.

import { useState } from "preact/hooks";
import { Hour } from "./chart";
import { digits, t, type Pair } from "./language";
import type { Meter, Trouble } from "./live";
import { fuseSize, isFuseSet, keep } from "./local";
import { Card, diagnosisWords, mask, Rows } from "./parts";
import { Masked } from "./stateful";
import * as APP from "./texts/app";
import * as NOW from "./texts/now";
import { clock, meterTime } from "./time";
import { useLive } from "./use_live";
import { netPower, type Values } from "./values";

// Label, unit, key (#: the phase), shown before it came.
type Row = readonly [label: Pair, unit: string, key: string, always?: boolean];
const PAIRS: readonly Row[] = [
  [NOW.imported, "W", "active_power_import_w", true], [NOW.exported, "W", "active_power_export_w", true],
  [NOW.rin, "var", "reactive_power_import_var"], [NOW.rout, "var", "reactive_power_export_var"],
  [NOW.demand, "W", "demand_import_w"], [NOW.freq, "Hz", "frequency_hz"], [NOW.factor, "", "power_factor"]];
const PHASES: readonly Row[] = [
  [NOW.voltage, "V", "voltage_l#_v", true], [NOW.current, "A", "current_l#_a", true],
  [NOW.imported, "W", "active_power_import_l#_w", true], [NOW.exported, "W", "active_power_export_l#_w"],
  [NOW.rin, "var", "reactive_power_import_l#_var"], [NOW.rout, "var", "reactive_power_export_l#_var"],
  [NOW.factor, "", "power_factor_l#"]];
const REGISTERS: readonly Row[] = [
  [NOW.ein, "kWh", "active_energy_import", true], [NOW.eout, "kWh", "active_energy_export", true],
  [NOW.rin, "kvarh", "reactive_energy_import"], [NOW.rout, "kvarh", "reactive_energy_export"]];
const MEDIA: Record<string, Pair> = { // EN 13757-3
  2: NOW.electricity, 3: NOW.gas, 4: NOW.heat, 12: NOW.heat, 13: NOW.heat, 6: NOW.hotWater,
  21: NOW.hotWater, 7: NOW.water, 22: NOW.water, 10: NOW.cooling, 11: NOW.cooling };
const BREAKER: Record<string, Pair> = {
  connected: NOW.connected, disconnected: NOW.disconnected, ready_for_reconnection: NOW.ready };
const FUSES = ["16", "20", "25", "35", "50", "63", "80"];

export function Now() {
  const live = useLive();
  const now = Date.now();
  const trouble = live.trouble(now);
  const { values } = live;
  const bad = (trouble && trouble !== "waiting") || (live.meter && live.meter.state !== "ok");
  const banner = <Banner key="banner" bad={!!bad} trouble={trouble} meter={live.meter} readAt={live.readAt} heardAt={live.heardAt} />;
  return (
    <div class={trouble ? "view stale" : "view"}>
      <h1 class="unseen" tabIndex={-1}>{t(APP.now)}</h1>
      {values.message ? <Card title={t(NOW.message)} class="wide"><p>{values.message}</p></Card> : null}
      {bad && banner}
      <Power values={values} trouble={trouble} readAt={live.readAt} now={now} />
      {!bad && banner}
      <Phases values={values} />
      <Registers values={values} meter={live.units} />
      <MeterCard values={values} />
      <Others values={values} />
    </div>
  );
}

/** How the line is doing; before all numbers where they are not to be trusted. */
function Banner(props: { bad: boolean; trouble: Trouble; meter: Meter | null; readAt: number; heardAt: number }) {
  const { trouble, meter, readAt } = props;
  const at = readAt ? clock(readAt) : "";
  const words: string[] = [];
  if (trouble === "gone") words.push(t(NOW.goneSince, clock(props.heardAt)));
  if (trouble === "over") words.push(at ? t(NOW.overSince, at) : t(NOW.overEver));
  if (trouble === "silent") words.push(at ? t(NOW.silentSince, at) : t(NOW.silentEver));
  const diagnosed = meter && meter.state !== "ok" && trouble !== "gone" && trouble !== "over";
  if (meter && (diagnosed || !words.length)) words.push(diagnosisWords(meter));
  else if (!words.length) words.push(t(NOW.nothing));
  return (
    <section class={props.bad ? "banner bad wide" : "banner"} role="status">
      {words.map(text => <p key={text}>{text}</p>)}
    </section>
  );
}

/** Which way power flows, in words: with "now" only where it is now. */
function way(net: number | null, trouble: Trouble, readAt: number): string {
  if (net == null) return t(NOW.none);
  if (!trouble) return t(net > 0 ? NOW.takes : net < 0 ? NOW.gives : NOW.still);
  return t(net > 0 ? NOW.took : net < 0 ? NOW.gave : NOW.stood, readAt ? clock(readAt) : "?");
}

function Power(props: { values: Values; trouble: Trouble; readAt: number; now: number }) {
  const { values } = props;
  const net = netPower(values);
  return (
    <section class={net != null && net < 0 ? "power sells" : "power"}>
      <p class="way">{way(net, props.trouble, props.readAt)}</p>
      <p class="big"><span>{net == null ? "–" : digits(Math.abs(net))}</span> <small>W</small></p>
      <Hour now={props.now} />
      <dl class="pairs">
        {PAIRS.map(([label, unit, key, always]) => (values[key] != null || always) && (
          <div key={key}><dt>{t(label)}</dt><dd>{digits(values[key])} {unit}</dd></div>
        ))}
      </dl>
    </section>
  );
}

function Phases(props: { values: Values }) {
  const { values } = props;
  const [fuse, setFuse] = useState(fuseSize());
  const has = (key: string) => [1, 2, 3].some(n => values[key.replace("#", String(n))] != null);
  return (
    <Card title={t(NOW.phases)} class="phases">
      <p class="fuse">
        <label for="fuse">{t(NOW.fuse)}</label>
        {isFuseSet() ? <output id="fuse">{fuse} A</output> : <select id="fuse" value={fuse} onChange={event => {
          keep("fuse", event.currentTarget.value);
          setFuse(event.currentTarget.value);
        }}>
          <option value="">{t(NOW.fuseUnset)}</option>
          {FUSES.map(size => <option key={size} value={size}>{size} A</option>)}
        </select>}
      </p>
      {fuse ? ["1", "2", "3"].map(n => <Bar key={n} phase={"L" + n} current={values[`current_l${n}_a`]} fuse={+fuse} />)
        : <p class="hint">{t(NOW.fuseHint)}</p>}
      <table class="grid3">
        <thead>
          <tr><td></td>{["L1", "L2", "L3"].map(name => <th key={name} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>
          {PHASES.filter(([, , key, always]) => always || has(key)).map(([label, unit, key]) => (
            <tr key={key}>
              <th scope="row">{t(label)}{unit ? ", " + unit : ""}</th>
              {["1", "2", "3"].map(n => <td key={n}>{digits(values[key.replace("#", n)])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

/** A phase's current against the main fuse. */
function Bar(props: { phase: string; current: string | undefined; fuse: number }) {
  const { phase, current, fuse } = props;
  if (current == null) return null;
  const size = Math.abs(+current);
  const left = fuse - size;
  const words = t(NOW.fuseOf, phase, digits(current), fuse);
  const rest = left < 0 ? t(NOW.fuseOver, digits((-left).toFixed(1))) : t(NOW.fuseLeft, digits(left.toFixed(1)));
  const level = size > fuse ? " over" : size > 0.8 * fuse ? " near" : "";
  return (
    <div class={"bar" + level} role="meter" aria-label={phase} aria-valuemin={0} aria-valuemax={fuse}
      aria-valuenow={Math.min(size, fuse)} aria-valuetext={`${words}. ${rest}`}>
      <p aria-hidden="true"><span>{words}</span><span>{rest}</span></p>
      <i style={{ width: `${Math.min(100, (100 * size) / fuse)}%` }} />
    </div>
  );
}

/** When a register is from, if it is older than the newest telegram. */
function ofAge(time: string | null | undefined): string {
  if (!time) return "";
  const [at] = meterTime(time);
  // A list of registers that comes once an hour comes with its first telegrams.
  return at.slice(14, 16) === "00" ? t(NOW.hourly, at.slice(11, 16)) : t(NOW.asof, at);
}

function Registers(props: { values: Values; meter: Meter | null }) {
  const { values, meter } = props;
  const age = values.as_of || {};
  const rows: [string, string, string?][] = [];
  const add = (label: string, unit: string, key: string, always?: boolean, time = age[key]) => {
    if (values[key] != null || always) rows.push([label, `${digits(values[key])} ${unit}`, ofAge(time)]);
  };
  for (const [label, unit, key, always] of REGISTERS) {
    const end = "_" + unit.toLowerCase();
    add(t(label), unit, key + end, always);
    for (const n of [1, 2, 3, 4]) add(t(NOW.tariffOf, t(label), n), unit, `${key}_t${n}${end}`);
  }
  for (const n of [1, 2, 3, 4]) add(t(NOW.quadrant, n), "kvarh", `reactive_energy_q${n}_kvarh`);
  add(t(NOW.peak), "W", "demand_peak_import_w", false, values.demand_peak_time);
  add(t(NOW.limit), "W", "limiter_w");
  const unit = meter?.energy_unit;
  return (
    <Card title={t(NOW.registers)}>
      {unit && unit.wh == null && <p class="hint warn">{t(NOW.unit)}</p>}
      {meter?.left_out?.length ? <p class="hint warn">{t(NOW.scale, meter.left_out.join(", "))}</p> : null}
      <Rows rows={rows} />
    </Card>
  );
}

function MeterCard(props: { values: Values }) {
  const { values } = props;
  const rows: [string, any][] = [];
  const masked = (label: Pair, value: string, shown?: any) =>
    rows.push([t(label), <Masked value={value} shown={shown} name={t(label)} show={NOW.showNumber} hide={NOW.hideNumber} />]);
  const id = values.meter_id;
  if (id) {
    const printed = /^5706567(\d{8})\d$/.exec(id);
    masked(NOW.meterId, id, printed && <>{id}<small>{t(NOW.printed, printed[1]!)}</small></>);
  }
  // Some makers put the serial number into the identification.
  const line = values.identification;
  if (line && /\d{6}/.test(line)) masked(NOW.identification, line);
  else if (line) rows.push([t(NOW.identification), line]);
  if (values.meter_type) rows.push([t(NOW.type), values.meter_type]);
  if (values.list_id) rows.push([t(NOW.list), values.list_id]);
  if (values.time) {
    const [at, own] = meterTime(values.time);
    rows.push([t(NOW.time), own ? t(NOW.ownClock, at, own) : at]);
  }
  if (values.tariff) rows.push([t(NOW.tariff), values.tariff]);
  if (values.breaker) rows.push([t(NOW.breaker), BREAKER[values.breaker] ? t(BREAKER[values.breaker]!) : values.breaker]);
  return <Card title={t(NOW.meter)} class="meter"><Rows rows={rows} /></Card>;
}

/** What only some meters send: other meters on its channels, and earlier peaks. */
function Others(props: { values: Values }) {
  const channels: any[] = Object.values(props.values.channels || {});
  const months: any[] = props.values.demand_history || [];
  return (
    <>
      {channels.length > 0 && (
        <Card title={t(NOW.others)}>
          <Rows rows={channels.map(({ type, id, value, unit, time, valve }) => [
            MEDIA[type] ? t(MEDIA[type]!) : t(NOW.meter),
            `${digits(value)} ${unit === "m3" ? "m³" : unit || ""}`,
            <>
              {id && <span>{mask(id)}</span>}
              {time && <span>{meterTime(time)[0]}</span>}
              {valve && valve !== "connected" && <span>{BREAKER[valve] ? t(BREAKER[valve]!) : valve}</span>}
            </>])} />
        </Card>
      )}
      {months.length > 0 && (
        <Card title={t(NOW.months)}>
          <Rows rows={months.map(({ time, w }) => {
            const at = time ? meterTime(time)[0] : "";
            return [at.slice(0, 7), `${digits(w)} W`, at];
          })} />
        </Card>
      )}
    </>
  );
}
