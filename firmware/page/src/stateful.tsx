// Parts with a state of their own, of the page alone.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t, type Pair } from "./language";
import { mask, PasswordInput, type PasswordProps } from "./parts";
import * as APP from "./texts/app";

/** A button that copies a text and says so. */
export function Copy(props: { text: () => string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copyText(props.text());
    setDone(true);
    setTimeout(() => setDone(false), 3000);
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>{props.label || t(APP.copy)}</button>
      <span class="note" role="status">{done ? t(APP.copied) : ""}</span>
    </>
  );
}

// Without HTTPS browsers have no clipboard for pages: the old way does it.
async function copyText(text: string) {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A value that is masked until it is asked for. */
export function Masked(props: { value: string; name: string; show: Pair; hide: Pair; shown?: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <span class="masked">
      <span>{open ? props.shown || props.value : mask(props.value)}</span>
      <button type="button" class="small" aria-pressed={open} onClick={() => setOpen(!open)}
        aria-label={t(open ? props.hide : props.show, props.name.toLowerCase())}>
        {t(open ? APP.hide : APP.show)}
      </button>
    </span>
  );
}

/** A field for a password, with a button that shows it. */
export function Password(props: PasswordProps) {
  const [open, setOpen] = useState(false);
  return (
    <span class="password">
      <PasswordInput {...props} shown={open} />
      <button type="button" class="small" aria-pressed={open} onClick={() => setOpen(!open)}>
        {t(open ? APP.hide : APP.show)}
      </button>
    </span>
  );
}

/** Focuses the heading of a view that has just been opened, for whoever hears the page. */
export function useHeading() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return heading;
}
