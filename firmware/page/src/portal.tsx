// Set-up mode: one form, for phones at the device's own access point. No cookies, no storage, no
// address but ours, and old browsers: what opens by itself on a phone may have none of them.

import { render } from "preact";
import { ask, getJson, isRunning, Refused } from "./api";
import { chooseLanguage, language, t, type Pair } from "./language";
import { Card, diagnosisWords, LanguageButton, PasswordInput, Say, wordsOf } from "./parts";
import * as PORTAL from "./texts/portal";

interface Network { ssid: string; rssi: number; secure: boolean }

/** What /setup.json says. */
interface Setup {
  networks: Network[];
  scanning: boolean;
  state: "idle" | "trying" | "ok" | "failed";
  code: string;
  text_sv: string; // of the code
  text_en: string;
  address: string;
  name: string; // the host name
  access_point?: string; // the network's own name
  reason?: string;
  may_claim?: boolean;
  meter: { state: string; text_sv: string; text_en: string } | null;
  claimed: boolean;
  language: "sv" | "en";
}

const ASK_MS = 2000;
const LEAST_OWNER = 10;
const LEAST_WIFI = 8;
const STRONG_DBM = -60;
const FAIR_DBM = -75;
const OTHER = "\n"; // no network's name: names have no line ends here

/** Why joining failed. */
const whyFailed = (setup: Setup) => diagnosisWords(setup) || t(PORTAL.failed);

const apName = (setup: Setup | null) => setup?.access_point || setup?.name || "microhan";

const hasBlanks = (text: string) => text !== text.trim();

/** What the form asks for. */
const EMPTY = { chosen: "", typed: "", password: "", owner: "", broker: "", user: "", secret: "" };
type Entries = typeof EMPTY;

/** All that is drawn. Hooks would keep the same, for 1 kB. */
const state = {
  setup: null as Setup | null,
  away: false,
  editing: true,
  entries: EMPTY,
  shown: false, // passwords in clear
  tried: false,
  busy: false,
  refused: "",
  erasing: "", // what came of it
};

/** Changes some of it, and draws what is different then. */
function change(some: Partial<typeof state>) {
  Object.assign(state, some);
  render(<App />, document.body);
}

const enter = (some: Partial<Entries>) => change({ entries: { ...state.entries, ...some } });

async function look() {
  try {
    const setup = await getJson<Setup>("/setup.json", { patience: 4000 });
    if (!state.setup) chooseLanguage(setup.language);
    const editing = state.editing && setup.state !== "trying" && setup.state !== "ok";
    change({ setup, away: false, editing });
  } catch {
    // Asked in the home's network, the device leaves set-up mode and has another page.
    if (await isRunning()) location.replace("/");
    else change({ away: true });
  }
}

function App() {
  const { setup, away, editing } = state;
  return (
    <>
      <header>
        <p class="brand">microhan</p>
        <LanguageButton onSwitch={() => change({})} />
      </header>
      <main>
        <h1>{t(PORTAL.title)}</h1>
        {away && <p class="banner bad" role="status">{t(PORTAL.dropped, apName(setup))}</p>}
        {setup?.reason === "erase" && <Erase />}
        {setup && (editing ? <Form setup={setup} /> : <Result setup={setup} />)}
        {setup?.claimed && <p><a href="/claim#/settings">{t(PORTAL.settings)}</a></p>}
        {setup?.meter && <Card title={t(PORTAL.meter)}><p>{diagnosisWords(setup.meter)}</p></Card>}
      </main>
    </>
  );
}

/** How the attempt is going. */
function Result({ setup }: { setup: Setup }) {
  if (setup.state === "ok") {
    return (
      <Card>
        <p class="lead" role="status">{t(PORTAL.success)}</p>
        {setup.code && <p class="say bad">{whyFailed(setup)}</p>}
        <p>{t(PORTAL.address)}</p>
        <p class="address"><a href={`http://${setup.address}/`}>http://{setup.address}/</a></p>
        <p class="address">{t(PORTAL.orName)} <a href={`http://${setup.name}.local/`}>http://{setup.name}.local/</a></p>
        <p class="hint">{t(PORTAL.closes)}</p>
      </Card>
    );
  }
  if (setup.state === "failed") {
    return (
      <Card>
        <p class="say bad" role="alert">{whyFailed(setup)}</p>
        <p class="buttons"><button type="button" class="main" onClick={() => change({ editing: true, tried: false })}>{t(PORTAL.again)}</button></p>
      </Card>
    );
  }
  return (
    <Card>
      <p class="lead" role="status">{t(PORTAL.trying, "Wi-Fi")}</p>
      <progress aria-label={t(PORTAL.trying, "Wi-Fi")} />
      <Warning name={apName(setup)} />
    </Card>
  );
}

/** Said beforehand and meanwhile: one radio serves both networks. */
function Warning(props: { name: string }) {
  return <p class="hint">{t(PORTAL.before, props.name)} {t(PORTAL.stay)}</p>;
}

function strength(rssi: number): string {
  return t(rssi >= STRONG_DBM ? PORTAL.strong : rssi >= FAIR_DBM ? PORTAL.fair : PORTAL.weak);
}

function Networks({ setup }: { setup: Setup }) {
  // A name may be heard from several stations: the strongest counts.
  const strongest = new Map<string, Network>();
  for (const one of [...setup.networks].sort((a, b) => b.rssi - a.rssi)) {
    if (one.ssid && !strongest.has(one.ssid)) strongest.set(one.ssid, one);
  }
  const radio = (value: string) => ({
    type: "radio" as const, name: "network", value, checked: state.entries.chosen === value, onChange: () => enter({ chosen: value }) });
  return (
    <fieldset class="networks">
      <legend>{t(PORTAL.network)}</legend>
      {[...strongest.values()].map(one => (
        <label key={one.ssid}>
          <input {...radio(one.ssid)} /> <span class="name">{one.ssid}</span>
          <small>{strength(one.rssi)}{one.secure ? "" : ", " + t(PORTAL.open)}</small>
        </label>
      ))}
      {!strongest.size && <p class="hint" role="status">{t(setup.scanning ? PORTAL.scanning : PORTAL.noneFound)}</p>}
      <label><input {...radio(OTHER)} /> {t(PORTAL.hidden)}</label>
    </fieldset>
  );
}

/** What is wrong with the entries; "" where nothing is. */
interface Problems { network: string; password: string; owner: string }
const NO_PROBLEMS: Problems = { network: "", password: "", owner: "" };

const ssidOf = (entries: Entries) => entries.chosen === OTHER ? entries.typed : entries.chosen;

function isOpen(setup: Setup, entries: Entries): boolean {
  const known = setup.networks.find(one => one.ssid === entries.chosen);
  return !!known && !known.secure;
}

function problemsOf(entries: Entries, open: boolean): Problems {
  const { password, owner } = entries;
  return {
    network: ssidOf(entries) ? "" : t(PORTAL.choose),
    password: !open && password && password.length < LEAST_WIFI ? t(PORTAL.passwordShort) : "",
    owner: owner.length < LEAST_OWNER ? t(PORTAL.ownerShort, owner.length) : "",
  };
}

/** The entries as POST /setup takes them. */
function bodyOf(entries: Entries, open: boolean): Record<string, unknown> {
  const body: Record<string, unknown> = {
    ssid: ssidOf(entries), password: open ? "" : entries.password, owner_password: entries.owner,
    language: language() };
  const host = entries.broker.trim();
  if (entries.broker) body.mqtt = { host, user: entries.user, password: entries.secret };
  return body;
}

async function send(open: boolean) {
  change({ busy: true });
  try {
    await ask("/setup", { method: "POST", body: bodyOf(state.entries, open), patience: 25_000 });
    sent();
  } catch (error) {
    // No answer: it may be stored all the same, and the phone dropped. Ask.
    if (!(error instanceof Refused)) sent();
    else change({ refused: wordsOf(error, { wrong_password: PORTAL.wrong_owner, slow_down: PORTAL.slow_down, busy: PORTAL.busy }) });
  }
  change({ busy: false });
}

function sent() {
  change({ editing: false });
  void look();
}

/** What each part of the form gets. */
interface Part { entries: Entries; problems: Problems }

function Form({ setup }: { setup: Setup }) {
  const { entries, tried, busy, refused, shown } = state;
  const open = isOpen(setup, entries);
  const problems = problemsOf(entries, open);
  const submit = (event: Event) => {
    event.preventDefault();
    change({ tried: true, refused: "" });
    if (!Object.values(problems).some(Boolean)) void send(open);
  };
  const part = { entries, problems: tried ? problems : NO_PROBLEMS };
  return (
    <form class="card" onSubmit={submit} noValidate>
      <p>{t(PORTAL.lead, setup.name)}</p>
      <Networks setup={setup} />
      <NetworkName {...part} />
      {!open && <NetworkPassword {...part} />}
      <OwnerPassword {...part} setup={setup} />
      <label class="check"><input type="checkbox" checked={shown} onChange={event => change({ shown: event.currentTarget.checked })} /> {t(PORTAL.showPassword)}</label>
      <Broker {...entries} />
      <Warning name={apName(setup)} />
      <Say bad={!!refused}>{refused}</Say>
      <p class="buttons"><button type="submit" class="main" disabled={busy}>{t(busy ? PORTAL.sending : PORTAL.submit)}</button></p>
    </form>
  );
}

function Problem(props: { id: string; text: string }) {
  return <p id={props.id} class="say bad" role="status">{props.text}</p>;
}

/** The name of a network that is not in the list, and what is wrong with either. */
function NetworkName({ entries, problems }: Part) {
  return (
    <>
      {entries.chosen === OTHER && (
        <Text id="ssid" label={PORTAL.name} value={entries.typed} maxLength={32} onInput={typed => enter({ typed })} />
      )}
      {hasBlanks(ssidOf(entries)) && <p class="say warn" role="status">{t(PORTAL.blanks)}</p>}
      <Problem id="network-problem" text={problems.network} />
    </>
  );
}

function NetworkPassword({ entries, problems }: Part) {
  return (
    <div class="field">
      <label for="wifi">{t(PORTAL.password)}</label>
      <PasswordInput id="wifi" value={entries.password} shown={state.shown} maxLength={63} autocomplete="off"
        onInput={password => enter({ password })} describedby="wifi-problem" invalid={!!problems.password} />
      {hasBlanks(entries.password) && <p class="say warn" role="status">{t(PORTAL.blanksPassword)}</p>}
      <Problem id="wifi-problem" text={problems.password} />
    </div>
  );
}

/** A new owner chooses a password; where there is an owner already, it is asked for. */
function OwnerPassword({ setup, entries, problems }: Part & { setup: Setup }) {
  const mayClaim = setup.may_claim ?? !setup.claimed;
  const hint = !mayClaim ? PORTAL.ownerProve : setup.claimed ? PORTAL.ownerRenew : PORTAL.ownerHint;
  return (
    <div class="field">
      <label for="owner">{t(mayClaim ? PORTAL.ownerNew : PORTAL.owner)}</label>
      <PasswordInput id="owner" value={entries.owner} shown={state.shown} autocomplete={mayClaim ? "new-password" : "current-password"}
        onInput={owner => enter({ owner })} describedby="owner-hint owner-problem" invalid={!!problems.owner} />
      <p id="owner-hint" class="hint">{t(hint)}</p>
      <Problem id="owner-problem" text={problems.owner} />
    </div>
  );
}

function Broker({ broker, user, secret }: Entries) {
  return (
    <details>
      <summary>{t(PORTAL.send)}</summary>
      <Text id="broker" label={PORTAL.broker} value={broker} onInput={value => enter({ broker: value })} />
      <Text id="user" label={PORTAL.user} value={user} onInput={value => enter({ user: value })} />
      <div class="field">
        <label for="secret">{t(PORTAL.brokerPassword)}</label>
        <PasswordInput id="secret" value={secret} shown={state.shown} autocomplete="off" onInput={value => enter({ secret: value })} />
      </div>
    </details>
  );
}

function Text(props: { id: string; label: Pair; value: string; maxLength?: number; onInput: (text: string) => void }) {
  return (
    <div class="field">
      <label for={props.id}>{t(props.label)}</label>
      <input id={props.id} value={props.value} maxLength={props.maxLength} autocapitalize="none" autocomplete="off" spellcheck={false}
        onInput={event => props.onInput(event.currentTarget.value)} />
    </div>
  );
}

async function erase() {
  try {
    await ask("/erase", { method: "POST", body: { confirm: true } });
    change({ erasing: t(PORTAL.erased) });
  } catch (error) {
    change({ erasing: wordsOf(error) });
  }
}

/** After the button was held for 15 s: the confirmation. */
function Erase() {
  return (
    <Card title={t(PORTAL.erase)}>
      <p>{t(PORTAL.eraseLead)}</p>
      <Say>{state.erasing}</Say>
      <p class="buttons"><button type="button" class="danger" onClick={() => void erase()}>{t(PORTAL.eraseSure)}</button></p>
    </Card>
  );
}

async function follow() {
  await look();
  setTimeout(follow, ASK_MS);
}

chooseLanguage(null);
change({});
void follow();
