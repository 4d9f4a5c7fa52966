// The last hour as a curve over a time axis.

import { digits, t } from "./language";
import { hour, HOUR_S, type Point } from "./hour";
import * as NOW from "./texts/now";
import { minutes } from "./time";

const WIDE = 720;
const HIGH = 120;
const EDGE = 4;
const TICK_S = 900;
const GAP_S = 60; // no line over what was not heard

/** Where a curve over so many watts ends: 1, 2 or 5 times a power of ten, or a half of it. */
export function roundUp(w: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(w, 100)));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map(n => n * power).find(n => n >= w)!;
}

function lines(points: readonly Point[], x: (at: number) => number, y: (w: number) => number) {
  let path = "";
  let before = -Infinity;
  for (const [at, w] of points) {
    const place = `${x(at).toFixed(1)} ${y(w).toFixed(1)}`;
    path += at - before > GAP_S ? `M${place}h0` : "L" + place; // h0: a dot, where nothing follows
    before = at;
  }
  return path;
}

export function Hour(props: { now: number }) {
  const end = Math.floor(props.now / 1000);
  const points = hour().filter(([at]) => at > end - HOUR_S);
  const values = points.map(([, w]) => w);
  const high = roundUp(Math.max(0, ...values));
  const low = Math.min(0, ...values) < 0 ? -roundUp(-Math.min(...values)) : 0;
  const x = (at: number) => WIDE * (1 - (end - at) / HOUR_S);
  const y = (w: number) => EDGE + (HIGH - 2 * EDGE) * (1 - (w - low) / (high - low));
  const first = Math.ceil((end - HOUR_S) / TICK_S) * TICK_S;
  const ticks = [0, 1, 2, 3, 4].map(n => first + n * TICK_S).filter(at => at <= end);
  const [least, most] = [digits(Math.min(...values)), digits(Math.max(...values))];
  const words = !points.length ? t(NOW.hourEmpty)
    : least === most ? t(NOW.hourSame, least) : t(NOW.hourWords, least, most);
  return (
    <figure class="hour">
      <figcaption>{words}</figcaption>
      <div class="plot" aria-hidden="true">
        <svg viewBox={`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none">
          {[high, 0, low].map((w, i) => <path key={i} class="grid" d={`M0 ${y(w)}H${WIDE}`} />)}
          {ticks.map(at => <path key={at} class="grid" d={`M${x(at)} 0V${HIGH}`} />)}
          <path class="curve" d={lines(points, x, y)} />
        </svg>
        <span class="high">{digits(high)} W</span>
        <span class="low">{digits(low)} W</span>
      </div>
      <div class="ticks" aria-hidden="true">
        {ticks.map(at => {
          const share = x(at) / WIDE;
          return <span key={at} style={{ left: `${share * 100}%`, transform: `translateX(${-share * 100}%)` }}>{minutes(at * 1000)}</span>;
        })}
      </div>
    </figure>
  );
}
