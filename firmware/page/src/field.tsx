// One key of the configuration: its name, what it is for, and a field for its value.

import { digits, t } from "./language";
import { allowed, help, problem, type Key, type Value } from "./schema";
import { Password } from "./stateful";
import * as APP from "./texts/app";
import * as SETTINGS from "./texts/settings";

/** What was typed, by key; undefined: nothing. */
export type Entered = Record<string, Value | undefined>;

const BLANK_ENDS = /^\s|\s$/;

export function Field(props: {
  of: Key; current: any; entered: Value | undefined; refused: string; onEnter: (value: Value | undefined) => void;
}) {
  const { of: key, onEnter } = props;
  const id = key.key.replace(".", "-");
  const shown = props.entered ?? (key.secret ? "" : props.current);
  const typed = typeof props.entered === "string" ? props.entered : undefined;
  const wrong = (typed !== undefined && problem(key, typed)) || props.refused;
  const blanks = typed !== undefined && !wrong && key.type === "text" && BLANK_ENDS.test(typed);
  const describedby = `${id}-help ${id}-problem`;
  return (
    <div class="field">
      <label for={id}>{key.key}</label>
      <Input id={id} of={key} shown={shown} isSet={!!props.current?.set} cleared={key.secret && typed === ""}
        describedby={describedby} wrong={!!wrong} onEnter={onEnter} />
      <p id={id + "-problem"} class={wrong ? "say bad" : "say"} role="status">
        {wrong || (blanks ? t(SETTINGS.blanks) : "")}
      </p>
      <p id={id + "-help"} class="hint">{help(key)} <small>{allowed(key)} {standard(key)} {price(key)}</small></p>
    </div>
  );
}

function standard(key: Key): string {
  if (key.secret || key.default === "") return "";
  const value = typeof key.default === "boolean" ? t(key.default ? SETTINGS.on : SETTINGS.off) : String(key.default);
  return t(SETTINGS.standard, value) + ".";
}

function price(key: Key): string {
  if (!key.price) return "";
  const { heap, sockets } = key.price;
  const kB = digits((heap / 1024).toFixed(1));
  return sockets ? t(SETTINGS.price, kB, sockets) : t(SETTINGS.priceHeap, kB);
}

function Input(props: {
  id: string; of: Key; shown: any; isSet: boolean; cleared?: boolean; describedby: string; wrong: boolean;
  onEnter: (value: Value | undefined) => void;
}) {
  const { id, of: key, shown, onEnter } = props;
  const common = { id, "aria-describedby": props.describedby };
  if (key.type === "bool") {
    return (
      <span class="switch">
        <input {...common} type="checkbox" role="switch" checked={!!shown} onChange={event => onEnter(event.currentTarget.checked)} />
        <span aria-hidden="true">{t(shown ? SETTINGS.on : SETTINGS.off)}</span>
      </span>
    );
  }
  if (key.type === "choice") {
    return (
      <select {...common} value={String(shown)} onChange={event => onEnter(event.currentTarget.value)}>
        {key.limits!.map(name => <option key={name} value={String(name)}>{name}</option>)}
      </select>
    );
  }
  const text = { "aria-invalid": props.wrong, autocapitalize: "none", spellcheck: false } as const;
  if (key.type === "lines") {
    return <textarea {...common} {...text} rows={4} value={shown}
      placeholder={props.isSet ? t(SETTINGS.secretSet) : ""} onInput={event => onEnter(event.currentTarget.value)} />;
  }
  if (key.secret) {
    return (
      <>
        <Password id={id} value={shown} autocomplete="off" describedby={props.describedby} invalid={props.wrong}
          onInput={value => onEnter(value === "" ? undefined : value)} />
        {props.isSet && (
          <span class="note">
            {t(props.cleared ? SETTINGS.willClear : SETTINGS.secretSet)}{" "}
            <button type="button" class="small" onClick={() => onEnter(props.cleared ? undefined : "")}
              aria-label={`${t(props.cleared ? APP.cancel : SETTINGS.clearSecret)}: ${key.key}`}>
              {t(props.cleared ? APP.cancel : SETTINGS.clearSecret)}
            </button>
          </span>
        )}
      </>
    );
  }
  return (
    <input {...common} {...text} type="text" inputMode={key.type === "int" ? "numeric" : undefined}
      value={String(shown)} autocomplete="off" onInput={event => onEnter(event.currentTarget.value)} />
  );
}
