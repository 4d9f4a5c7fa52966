// Bars over a time axis: upwards, and where there are two, the other downwards.

import { nice, ticks } from "d3-array";
import { digits } from "./language";

export interface Column { label: string; title: string; quality: string; up: number; down?: number }

const LINES = 4;

/** `labelled`: how many columns have one label; `limit`: a value that the axis reaches, with a line. */
export function Bars(props: { columns: Column[]; labelled: number; unit: string; limit?: number }) {
  const { columns, labelled, limit = 0 } = props;
  const all = (side: "up" | "down") => columns.map(one => one[side] || 0);
  const [low, high] = nice(-Math.max(0, ...all("down")), Math.max(limit, ...all("up")) || 1, LINES);
  const down = (value: number) => `${(100 * (high - value)) / (high - low)}%`;
  const up = (value: number) => `${(100 * (value - low)) / (high - low)}%`;
  return (
    <div class="bars" aria-hidden="true">
      {ticks(low, high, LINES).map(at => (
        <span key={at} class={at ? "rule" : "rule zero"} style={{ top: down(at) }}>{digits(Math.abs(at))}{at === high ? " " + props.unit : ""}</span>
      ))}
      {limit > 0 && <span class="rule limit" style={{ top: down(limit) }} />}
      <div class="columns">
        {columns.map((one, i) => (
          <div key={i} class={one.quality} title={one.title}>
            {one.up ? <i class="up" style={{ top: down(one.up), bottom: up(0) }} /> : null}
            {one.down ? <i class="down" style={{ top: down(0), bottom: up(-one.down) }} /> : null}
            {i % labelled ? null : <small>{one.label}</small>}
          </div>
        ))}
      </div>
    </div>
  );
}
