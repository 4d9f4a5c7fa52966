// Settings and history as one file, out and in.

import { useState } from "preact/hooks";
import { ask, isLoggedOut, send } from "./api";
import { t } from "./language";
import { live } from "./live";
import { Card, saveFile, Say, wordsOf } from "./parts";
import * as APP from "./texts/app";
import * as BACKUP from "./texts/backup";
import { watchTrial } from "./trial";

interface Told { records: number; trial: boolean; left: string[]; again: string[] }

const OWN = { bad_backup: BACKUP.bad, newer_backup: BACKUP.newer, no_room: BACKUP.noRoom };

export function Backup() {
  const [secrets, setSecrets] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState(-1); // percent; -1: nothing is under way
  const [results, setResults] = useState<string[]>([]);
  const [message, setMessage] = useState({ bad: false, text: "" });
  const say = (text: string, bad = false) => setMessage({ bad, text });
  const attempt = async (begun: string, work: () => Promise<void>) => {
    setResults([]);
    setSent(0);
    say(begun);
    try {
      await work();
    } catch (error) {
      if (isLoggedOut(error)) live.end();
      say(wordsOf(error, OWN), true);
    }
    setSent(-1);
  };
  const load = () => attempt(t(APP.loading), async () => {
    const answer = await ask("/backup" + (secrets ? "?secrets=yes" : ""), { patience: 0 });
    const name = /"(.+)"/.exec(answer.headers.get("Content-Disposition") || "");
    saveFile(name ? name[1]! : "microhan.backup", await answer.blob());
    say("");
  });
  const restore = (chosen: File) => confirm(t(BACKUP.sure, chosen.name)) && attempt(t(BACKUP.sending), async () => {
    const told: Told = await send("/backup", chosen, 0, bytes => setSent(Math.round(100 * bytes / chosen.size)));
    const names = (list: string[]) => list.join(", ");
    setResults([
      t(BACKUP.done, told.records),
      ...(told.again.length ? [t(BACKUP.again, names(told.again))] : []),
      ...(told.left.length ? [t(BACKUP.left, names(told.left))] : [])]);
    await watchTrial(told.trial, say);
  });
  const busy = sent >= 0;
  return (
    <Card title={t(BACKUP.title)}>
      <p>{t(BACKUP.lead)}</p>
      <p><label>
        <input type="checkbox" checked={secrets} aria-describedby="secrets-hint" onChange={event => setSecrets(event.currentTarget.checked)} />
        {" "}{t(BACKUP.secrets)}
      </label></p>
      <p id="secrets-hint" class={secrets ? "hint warn" : "hint"}>{t(BACKUP.warn)}</p>
      <p class="buttons"><button type="button" disabled={busy} onClick={() => void load()}>{t(BACKUP.get)}</button></p>
      <p class="field">
        <label for="backup">{t(BACKUP.file)}</label>
        <input id="backup" type="file" accept=".backup" disabled={busy} onChange={event => setFile(event.currentTarget.files?.[0] || null)} />
      </p>
      <p class="buttons"><button type="button" disabled={busy || !file} onClick={() => file && void restore(file)}>{t(BACKUP.restore)}</button></p>
      {sent > 0 && <progress max={100} value={sent} aria-label={t(BACKUP.restore)} />}
      {results.map(text => <p key={text} role="status">{text}</p>)}
      <Say bad={message.bad}>{message.text}</Say>
    </Card>
  );
}
