// The views: Now comes with the page, the others when one of them is opened first.

import { useEffect, useState } from "preact/hooks";
import { getText, Refused } from "./api";
import { t, type Pair } from "./language";
import type { Session } from "./main";
import { Now } from "./now";
import * as APP from "./texts/app";

type Others = typeof import("./later");

/** The views by their names in the address, and what they are called. */
export const ROUTES: Record<string, Pair> = {
  now: APP.now, history: APP.history, health: APP.health, settings: APP.settings };
export const RETRY_MS = 3000;
const AT = document.querySelector("script")!.dataset.later!; // index.html knows where they lie
let others: Others | undefined;

async function load() {
  // import() may hang for minutes, and some browsers do not try again what failed once. It finds in
  // their cache what is loaded so.
  await getText(AT, { cache: "default" });
  others = await import(AT);
}

/** The view of that name, or how its loading goes. */
export function View(props: { name: string; session: Session }) {
  const { name, session } = props;
  const [failed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  const isThere = name === "now" || !!others;
  useEffect(() => {
    if (isThere) return;
    const again = () => setTries(tries + 1);
    let timer: ReturnType<typeof setTimeout>;
    load().then(again, error => {
      setFailed(true);
      // Not found: the device has another version by now, whose page has files of its own.
      const isOld = error instanceof Refused && error.status === 404;
      timer = setTimeout(isOld ? () => location.reload() : again, RETRY_MS);
    });
    return () => clearTimeout(timer);
  }, [isThere, tries]);
  if (name === "now") return <Now />;
  if (!others) {
    return (
      <div class="view">
        <h1 class="unseen">{t(ROUTES[name]!)}</h1>
        <p class={failed ? "banner bad wide" : "banner wide"} role="status">{t(failed ? APP.unreachable : APP.loading)}</p>
      </div>
    );
  }
  const Other = others[name as keyof Others];
  return <Other session={session} />;
}
