// The State, as /reading.json gives it and each telegram of /events goes on from it.

export type Values = Record<string, any>;

// What leaves the State when it comes no more.
const MOMENTARY = /_(w|var|v|a|hz)$|factor|message/;
const LONG_MS = 10_000;

/** The State after a telegram. */
export function merged(state: Values, telegram: Values): Values {
  const fresh = { ...telegram };
  const age = { ...(state.as_of || {}) };
  for (const key in fresh) delete age[key];
  if (fresh.channels && state.channels) {
    fresh.channels = { ...fresh.channels };
    for (const n in state.channels) { // a value without a time would look new
      const { value, unit, ...rest } = state.channels[n];
      fresh.channels[n] = fresh.channels[n] || (rest.time ? state.channels[n] : rest);
    }
  }
  const { derived, ...kept } = state;
  return { ...kept, ...fresh, as_of: age };
}

/** Whether the State has what this telegram left out and what may be too old to show: then the
 * device has to say. `sinceMs`: since it last did. */
export function isDoubtful(state: Values, telegram: Values, sinceMs: number): boolean {
  const age = state.as_of || {};
  return Object.keys(state).some(key => key !== "as_of" && !(key in telegram) &&
    (!(key in age) || (sinceMs > LONG_MS && MOMENTARY.test(key))));
}

/** Power from the grid in W, negative: to it. null: not known. */
export function netPower(values: Values): number | null {
  const from = values.active_power_import_w;
  const to = values.active_power_export_w;
  return from == null && to == null ? null : +(from || 0) - +(to || 0);
}
