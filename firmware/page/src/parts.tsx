// Small parts that views and portal are made of. They have no state: the portal has no hooks.

import type { ComponentChildren } from "preact";
import { Refused } from "./api";
import { keepLanguage, language, t, type Pair } from "./language";
import * as APP from "./texts/app";

/** A section with a heading. */
export function Card(props: { title?: string; class?: string; children: ComponentChildren }) {
  return (
    <section class={props.class} aria-label={props.title}>
      {props.title && <h2>{props.title}</h2>}
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

/** Words for what went wrong with a request; `own`: the page's words by the device's code. */
export function wordsOf(error: unknown, own: Record<string, Pair> = {}): string {
  if (!(error instanceof Refused)) return t(APP.failed, t(APP.noAnswer));
  const pair = own[error.code];
  return pair ? t(pair, error.retryAfter) : t(APP.failed, error.words);
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

/** What a field for a password is told. */
export interface PasswordProps {
  id: string; value: string; onInput: (text: string) => void; autocomplete: string;
  describedby?: string; invalid?: boolean; maxLength?: number; required?: boolean;
}

/** A field for a password, which may be shown. */
export function PasswordInput(props: PasswordProps & { shown: boolean }) {
  return (
    <input id={props.id} type={(props.shown ? "text" : "password") as "password"} value={props.value}
      autocomplete={props.autocomplete} autocapitalize="none" spellcheck={false}
      maxLength={props.maxLength} aria-describedby={props.describedby} aria-invalid={!!props.invalid}
      required={props.required} onInput={event => props.onInput(event.currentTarget.value)} />
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
