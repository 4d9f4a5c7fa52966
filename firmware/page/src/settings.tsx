// "Settings": this browser's own, who may come in, and every key of the configuration.

import { useEffect, useState } from "preact/hooks";
import { ask, getJson, isLoggedOut, Refused } from "./api";
import { Backup } from "./backup";
import { said } from "./device_words";
import { Field, type Entered } from "./field";
import { forgetHour } from "./hour";
import { keepLanguage, language, t, type Pair } from "./language";
import { live } from "./live";
import { applyTheme, keep, kept } from "./local";
import type { Session } from "./main";
import { Card, Say, wordsOf } from "./parts";
import { problem, type Key, type Value } from "./schema";
import { useHeading } from "./stateful";
import * as APP from "./texts/app";
import * as LOGIN from "./texts/login";
import * as SETTINGS from "./texts/settings";
import * as UPDATE from "./texts/update";
import { Tokens } from "./tokens";
import { watchTrial } from "./trial";
import { Update } from "./update";

export type Config = Record<string, Record<string, any>>;

const TITLES: Record<string, Pair> = {
  meter: SETTINGS.sMeter, feed: SETTINGS.sFeed, wifi: SETTINGS.sWifi, mqtt: SETTINGS.sMqtt, push: SETTINGS.sPush, webhook: SETTINGS.sWebhook,
  http: SETTINGS.sHttp, open: SETTINGS.sOpen, update: UPDATE.title, pins: SETTINGS.sPins };
const TESTED = ["mqtt", "push", "webhook"];
const TEST_MS = 20_000;

export function Settings(props: { session: Session }) {
  const heading = useHeading();
  const isOwner = props.session.session === "owner";
  return (
    <div class="view">
      <h1 class="unseen" tabIndex={-1} ref={heading}>{t(SETTINGS.title)}</h1>
      <div class="stack">
        <Browser />
        {isOwner && <Access />}
        {isOwner && <Tokens />}
        {isOwner && props.session.mode === "run" && <Backup />}
        {isOwner && props.session.mode === "run" && <Update />}
      </div>
      <div class="stack">{isOwner ? <Sections inSetUp={props.session.mode === "setup"} /> : <p class="banner">{t(APP.guest)}</p>}</div>
    </div>
  );
}

function Browser() {
  const [theme, setTheme] = useState(kept("theme"));
  return (
    <Card title={t(SETTINGS.browser)}>
      <p class="field">
        <label for="language">{t(SETTINGS.language)}</label>
        <select id="language" value={language()} onChange={event => {
          keepLanguage(event.currentTarget.value);
          location.reload();
        }}>
          <option value="sv" lang="sv">Svenska</option>
          <option value="en" lang="en">English</option>
        </select>
      </p>
      <p class="field">
        <label for="theme">{t(SETTINGS.theme)}</label>
        <select id="theme" value={theme} onChange={event => {
          keep("theme", event.currentTarget.value);
          setTheme(event.currentTarget.value);
          applyTheme(event.currentTarget.value);
        }}>
          <option value="">{t(SETTINGS.themeAuto)}</option>
          <option value="light">{t(SETTINGS.themeLight)}</option>
          <option value="dark">{t(SETTINGS.themeDark)}</option>
        </select>
      </p>
    </Card>
  );
}

function Access() {
  const [failed, setFailed] = useState("");
  const leave = async (everywhere: boolean) => {
    try {
      await ask("/logout", { method: "POST", body: { everywhere } });
      forgetHour();
      live.end();
      location.replace("/");
    } catch (error) {
      setFailed(wordsOf(error));
    }
  };
  return (
    <Card title={t(SETTINGS.access)}>
      <p class="buttons">
        <button type="button" onClick={() => void leave(false)}>{t(LOGIN.logout)}</button>
        <button type="button" onClick={() => void leave(true)}>{t(LOGIN.logoutAll)}</button>
      </p>
      <Say bad={!!failed}>{failed}</Say>
    </Card>
  );
}

/** The configuration, a form for each section. */
function Sections(props: { inSetUp: boolean }) {
  const [schema, setSchema] = useState<Key[]>([]);
  const [config, setConfig] = useState<Config | null>(null);
  const [failed, setFailed] = useState("");
  const load = async () => {
    try {
      setSchema(await getJson<Key[]>("/schema.json"));
      setConfig(await getJson<Config>("/config.json"));
    } catch (error) {
      if (isLoggedOut(error)) live.end();
      setFailed(wordsOf(error));
    }
  };
  useEffect(() => { void load(); }, []);
  if (failed) return <Card class="wide"><Say bad>{failed}</Say></Card>;
  if (!config) return <p class="banner" role="status">{t(APP.loading)}</p>;
  const names = [...new Set(schema.map(({ key }) => key.split(".")[0]!))].filter(name => config[name]);
  return (
    <>
      {names.map(name => (
        <Section key={name} name={name} config={config[name]!} onSaved={load} inSetUp={props.inSetUp}
          keys={schema.filter(({ key }) => key.startsWith(name + "."))} />
      ))}
    </>
  );
}

/** One request at a time, and what to say of it. */
function useRequest() {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Record<string, string>>({}); // by key
  const [message, setMessage] = useState({ bad: false, text: "" });
  const say = (text: string, bad = false) => setMessage({ bad, text });
  const attempt = async (begun: Pair, work: () => Promise<void>) => {
    setBusy(true);
    say(t(begun));
    try {
      await work();
    } catch (error) {
      if (isLoggedOut(error)) live.end();
      if (error instanceof Refused && error.key) setRefused({ [error.key]: error.words });
      say(wordsOf(error), true);
    }
    setBusy(false);
  };
  return { busy, refused, setRefused, message, say, attempt };
}

const ownName = (key: Key) => key.key.split(".")[1]!;

/** What is entered and differs from the configuration, by the section's own names. */
function changesOf(keys: Key[], entered: Entered, config: Record<string, any>): Record<string, Value> {
  const changes: Record<string, Value> = {};
  for (const key of keys) {
    const value = entered[key.key];
    if (value === undefined) continue;
    const sent = key.type === "int" ? +(value as string) : value;
    if (key.secret || sent !== config[ownName(key)]) changes[ownName(key)] = sent;
  }
  return changes;
}

/** A section: its keys, a test where there is something to reach, and Save. */
function Section(props: { name: string; keys: Key[]; config: Record<string, any>; onSaved: () => Promise<void>; inSetUp: boolean }) {
  const { name, keys, config } = props;
  const [entered, setEntered] = useState<Entered>({});
  const { busy, refused, setRefused, message, say, attempt } = useRequest();
  const wrong = keys.some(key => typeof entered[key.key] === "string" && problem(key, entered[key.key] as string));
  const changes = changesOf(keys, entered, config);
  const count = Object.keys(changes).length;
  const title = TITLES[name] ? t(TITLES[name]!) : name;
  const enter = (key: string, value: Value | undefined) => {
    setEntered(all => ({ ...all, [key]: value }));
    setRefused(all => ({ ...all, [key]: "" }));
    say("");
  };
  const test = () => attempt(SETTINGS.testing, async () => {
    const answer = await ask("/test/" + name, { method: "POST", body: { ...config, ...changes }, patience: TEST_MS });
    const { ok, error } = await answer.json();
    say(ok ? t(SETTINGS.testOk) : t(SETTINGS.testBad, said(error)), !ok);
  });
  const save = () => attempt(SETTINGS.saving, async () => {
    const answer = await ask("/config.json", { method: "PUT", body: { [name]: changes } });
    const { trial, restart } = await answer.json();
    if (restart) await watchTrial(trial, say);
    else say(t(props.inSetUp ? SETTINGS.savedInSetUp : SETTINGS.saved));
    setEntered({});
    await props.onSaved();
  });
  const submit = (event: Event) => {
    event.preventDefault();
    if (wrong) say(t(SETTINGS.wrong), true);
    else void save();
  };
  return (
    <form class="card settings" aria-label={title} onSubmit={submit} noValidate>
      <details>
        <summary><h2>{title}</h2></summary>
        {keys.map(key => (
          <Field key={key.key} of={key} current={config[ownName(key)]} entered={entered[key.key]}
            refused={refused[key.key] || ""} onEnter={value => enter(key.key, value)} />
        ))}
        <Say bad={message.bad}>{message.text}</Say>
        <p class="buttons">
          <button type="submit" class="main" disabled={busy || !count}>{t(APP.save)}</button>
          {TESTED.includes(name) && !props.inSetUp && <button type="button" disabled={busy || wrong} onClick={() => void test()}>{t(SETTINGS.test)}</button>}
          {count > 0 && <span class="note">{count === 1 ? t(SETTINGS.oneChange) : t(SETTINGS.changed, count)}</span>}
        </p>
      </details>
    </form>
  );
}
