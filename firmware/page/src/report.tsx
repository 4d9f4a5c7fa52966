// A report that somebody can send in: what is wrong, without who they are.

import { useState } from "preact/hooks";
import { getText } from "./api";
import { t } from "./language";
import { Card, saveFile } from "./parts";
import { Copy } from "./stateful";
import * as HEALTH from "./texts/health";

// Of the State: numbers that name a person or tell how much they use.
const PERSONAL = /^(meter_id|identification|message|demand_history|channels)$|energy|_peak_/;
// In any text: addresses, names of hosts, long numbers.
const HIDDEN: [RegExp, string][] = [
  [/\b\d{1,3}(\.\d{1,3}){3}\b/g, "‹address›"],
  [/\b(?:https?:\/\/)?(?:[\w-]+\.)+(?:local|lan|home|com|net|org|se|no|fi|nl|be|de|io|eu|nu|dev)\b[^\s,;"]*/gi, "‹host›"],
  [/\b\d{6,}\b/g, "‹number›"]];
const SHOWN = /^(build|version)$/;

/** The same, without what says whose it is. */
export function masked(value: any, key = ""): any {
  if (value == null || typeof value === "boolean") return value;
  if (key === "id") return "‹id›";
  if (PERSONAL.test(key)) return "‹masked›";
  if (typeof value === "string" && !SHOWN.test(key)) {
    return HIDDEN.reduce((text, [pattern, mask]) => text.replace(pattern, mask), value);
  }
  if (Array.isArray(value)) return value.map(item => masked(item, key));
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, masked(item, name)]));
  }
  return value;
}

export function Report(props: { status: object }) {
  const [text, setText] = useState("");
  const make = async () => {
    let reading: object = {};
    try {
      reading = JSON.parse(await getText("/reading.json"));
    } catch {
      // no telegram yet: the status says why
    }
    setText(JSON.stringify(masked({ status: props.status, reading, browser: navigator.userAgent }), null, 1));
  };
  return (
    <Card title={t(HEALTH.report)} class="wide">
      <p>{t(HEALTH.reportLead)}</p>
      <p class="buttons">
        <button type="button" onClick={() => void make()}>{t(HEALTH.makeReport)}</button>
        {text && <Copy text={() => text} />}
        {text && (
          <button type="button" onClick={() => saveFile("microhan-report.json", new Blob([text]))}>{t(HEALTH.saveReport)}</button>
        )}
      </p>
      {text && <pre tabIndex={0}>{text}</pre>}
    </Card>
  );
}
