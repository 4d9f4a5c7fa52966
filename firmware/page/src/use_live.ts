import { useEffect, useReducer } from "preact/hooks";
import { live } from "./live";

/** Draws the caller anew at each change of what is live. */
export function useLive(): typeof live {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => live.follow(() => redraw(0)), []);
  return live;
}
