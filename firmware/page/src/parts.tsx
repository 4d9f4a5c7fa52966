// Small parts that several views are made of.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "./api";
import { keepLanguage, language, t, type Pair } from "./language";
import * as APP from "./texts/app";

let cards = 0;

/** A section with a heading. */
export function Card(props: { title?: string; class?: string; children: ComponentChildren }) {
  const [id] = useState(() => "card" + ++cards);
  return (
    <section class={props.class} aria-labelledby={props.title ? id : undefined}>
      {props.title && <h2 id={id}>{props.title}</h2>}
      {props.children}
    </section>
  );
}

/** Rows of [name, value, remark]. */
export function Rows(props: { rows: readonly (readonly [string, ComponentChildren, ComponentChildren?])[] }) {
  return (
    <table class="rows">
      <tbody>
        {props.rows.map(([name, value, more], i) => (
          <tr key={i}>
            <th scope="row">{name}</th>
            <td>{value}{more ? <small>{more}</small> : null}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

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

/** Words for what went wrong with a request; `own`: the page's words by the device's code. */
export function wordsOf(error: unknown, own: Record<string, Pair> = {}): string {
  if (!(error instanceof Refused)) return t(APP.failed, t(APP.noAnswer));
  const pair = own[error.code];
  return pair ? t(pair, error.retryAfter) : t(APP.failed, error.words);
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

/** Bullets for all but the last two characters. */
export const mask = (text: string) => "•".repeat(Math.max(0, Math.min(8, text.length - 2))) + text.slice(-2);

/** Hands a file to the browser. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A field for a password, which can be shown. */
export function Password(props: {
  id: string; value: string; onInput: (text: string) => void; autocomplete: string; shown?: boolean;
  describedby?: string; invalid?: boolean; maxLength?: number; required?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const shown = props.shown ?? open;
  return (
    <span class="password">
      <input id={props.id} type={(shown ? "text" : "password") as "password"} value={props.value}
        autocomplete={props.autocomplete} autocapitalize="none" spellcheck={false}
        maxLength={props.maxLength} aria-describedby={props.describedby} aria-invalid={!!props.invalid}
        required={props.required} onInput={event => props.onInput(event.currentTarget.value)} />
      {props.shown === undefined && (
        <button type="button" class="small" aria-pressed={open} onClick={() => setOpen(!open)}>
          {t(open ? APP.hide : APP.show)}
        </button>
      )}
    </span>
  );
}

/** Switches to the other language; `onSwitch` draws the page anew. */
export function LanguageButton(props: { onSwitch: () => void }) {
  const other = language() === "sv" ? "en" : "sv";
  const choose = () => {
    keepLanguage(other);
    props.onSwitch();
  };
  return <button type="button" class="language" lang={other} onClick={choose}>{t(APP.other)}</button>;
}

/** A text that is read out when it changes. */
export function Say(props: { id?: string; bad?: boolean; children: ComponentChildren }) {
  return <p id={props.id} class={props.bad ? "say bad" : "say"} role={props.bad ? "alert" : "status"}>{props.children}</p>;
}

/** The diagnosis' words in today's language. */
export const diagnosisWords = (meter: { text_sv: string; text_en: string }) =>
  language() === "sv" ? meter.text_sv : meter.text_en;

/** Focuses the heading of a view that has just been opened, for whoever hears the page. */
export function useHeading() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return heading;
}
