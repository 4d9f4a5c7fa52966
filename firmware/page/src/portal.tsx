// Set-up mode: one form, for phones at the device's own access point. No cookies, no storage, no
// address but ours, and old browsers: what opens by itself on a phone may have none of them.

import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, getJson, Refused } from "./api";
import { chooseLanguage, keepLanguage, language, t, type Pair } from "./language";
import { Card, diagnosisWords, Password, Say, wordsOf } from "./parts";
import { APP, PORTAL } from "./texts";

interface Network { ssid: string; rssi: number; secure: boolean }

/** What /setup.json says. */
interface Setup {
  networks: Network[];
  scanning: boolean;
  state: "idle" | "trying" | "ok" | "failed";
  code: string;
  error: string;
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
const CODES: Record<string, Pair> = PORTAL;

/** Why joining failed: the page's own words where it has some. */
const whyFailed = (setup: Setup) =>
  CODES[setup.code] ? t(CODES[setup.code]!) : [t(PORTAL.failed), setup.error].filter(Boolean).join(" ");

const apName = (setup: Setup | null) => setup?.access_point || setup?.name || "microhan";

const hasBlanks = (text: string) => text !== text.trim();

function App() {
  const [setup, setSetup] = useState<Setup | null>(null);
  const [away, setAway] = useState(false);
  const [editing, setEditing] = useState(true);
  const [, redraw] = useState(0);
  const spoken = useRef(false);
  const look = async () => {
    try {
      const told = await getJson<Setup>("/setup.json", { patience: 4000 });
      if (!spoken.current) chooseLanguage(told.language);
      spoken.current = true;
      setSetup(told);
      setAway(false);
      if (told.state === "trying" || told.state === "ok") setEditing(false);
    } catch {
      setAway(true);
    }
  };
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const ever = async () => {
      await look();
      timer = setTimeout(ever, ASK_MS);
    };
    void ever();
    return () => clearTimeout(timer);
  }, []);
  const speak = () => {
    keepLanguage(language() === "sv" ? "en" : "sv");
    redraw(n => n + 1);
  };
  return (
    <>
      <header>
        <p class="brand">microhan</p>
        <button type="button" class="language" lang={language() === "sv" ? "en" : "sv"} onClick={speak}>{t(APP.other)}</button>
      </header>
      <main>
        <h1>{t(PORTAL.title)}</h1>
        {away && <p class="banner bad" role="status">{t(PORTAL.dropped, apName(setup))}</p>}
        {setup?.reason === "erase" && <Erase />}
        {setup && (editing ? <Form setup={setup} onSent={() => { setEditing(false); void look(); }} />
          : <Result setup={setup} onAgain={() => setEditing(true)} />)}
        {setup?.meter && <Card title={t(PORTAL.meter)}><p>{diagnosisWords(setup.meter)}</p></Card>}
      </main>
    </>
  );
}

/** How the attempt is going. */
function Result(props: { setup: Setup; onAgain: () => void }) {
  const { setup } = props;
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
        <p class="buttons"><button type="button" class="main" onClick={props.onAgain}>{t(PORTAL.again)}</button></p>
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

function Networks(props: { setup: Setup; chosen: string; onChoose: (name: string) => void }) {
  const { setup, chosen, onChoose } = props;
  // A name may be heard from several stations: the strongest counts.
  const strongest = new Map<string, Network>();
  for (const one of [...setup.networks].sort((a, b) => b.rssi - a.rssi)) {
    if (one.ssid && !strongest.has(one.ssid)) strongest.set(one.ssid, one);
  }
  const radio = (value: string) => ({
    type: "radio" as const, name: "network", value, checked: chosen === value, onChange: () => onChoose(value) });
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

const NOTHING = { broker: "", user: "", secret: "" };

function Form(props: { setup: Setup; onSent: () => void }) {
  const { setup } = props;
  const [chosen, setChosen] = useState("");
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const [owner, setOwner] = useState("");
  const [mqtt, setMqtt] = useState(NOTHING);
  const [shown, setShown] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const mayClaim = setup.may_claim ?? !setup.claimed;
  const ssid = chosen === OTHER ? typed : chosen;
  const known = setup.networks.find(one => one.ssid === chosen);
  const open = known && !known.secure;
  const problems = {
    network: ssid ? "" : t(PORTAL.choose),
    password: !open && password && password.length < LEAST_WIFI ? t(PORTAL.passwordShort) : "",
    owner: owner.length < LEAST_OWNER ? t(PORTAL.ownerShort, owner.length) : "",
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    setRefused("");
    if (problems.network || problems.password || problems.owner) return;
    setBusy(true);
    const body: Record<string, unknown> = {
      ssid, password: open ? "" : password, owner_password: owner, language: language() };
    if (mqtt.broker) body.mqtt = { host: mqtt.broker.trim(), user: mqtt.user, password: mqtt.secret };
    try {
      await ask("/setup", { method: "POST", body, patience: 25_000 });
      props.onSent();
    } catch (error) {
      // No answer: it may be stored all the same, and the phone dropped. Ask.
      if (!(error instanceof Refused)) props.onSent();
      else setRefused(wordsOf(error, { wrong_password: PORTAL.wrong_owner, slow_down: PORTAL.slow_down, busy: PORTAL.busy }));
    }
    setBusy(false);
  };
  const say = (id: string, problem: string) =>
    <p id={id} class="say bad" role="status">{tried ? problem : ""}</p>;
  return (
    <form class="card" onSubmit={event => void submit(event)} noValidate>
      <p>{t(PORTAL.lead, setup.name)}</p>
      <Networks setup={setup} chosen={chosen} onChoose={setChosen} />
      {chosen === OTHER && (
        <div class="field">
          <label for="ssid">{t(PORTAL.name)}</label>
          <input id="ssid" value={typed} maxLength={32} autocapitalize="none" autocomplete="off" spellcheck={false}
            onInput={event => setTyped(event.currentTarget.value)} />
        </div>
      )}
      {hasBlanks(ssid) && <p class="say warn" role="status">{t(PORTAL.blanks)}</p>}
      {say("network-problem", problems.network)}
      {!open && (
        <div class="field">
          <label for="wifi">{t(PORTAL.password)}</label>
          <Password id="wifi" value={password} shown={shown} maxLength={63} autocomplete="off" onInput={setPassword}
            describedby="wifi-problem" invalid={tried && !!problems.password} />
          {hasBlanks(password) && <p class="say warn" role="status">{t(PORTAL.blanksPassword)}</p>}
          {say("wifi-problem", problems.password)}
        </div>
      )}
      <div class="field">
        <label for="owner">{t(mayClaim ? PORTAL.ownerNew : PORTAL.owner)}</label>
        <Password id="owner" value={owner} shown={shown} autocomplete={mayClaim ? "new-password" : "current-password"}
          onInput={setOwner} describedby="owner-hint owner-problem" invalid={tried && !!problems.owner} />
        <p id="owner-hint" class="hint">{t(!mayClaim ? PORTAL.ownerProve : setup.claimed ? PORTAL.ownerRenew : PORTAL.ownerHint)}</p>
        {say("owner-problem", problems.owner)}
      </div>
      <label class="check"><input type="checkbox" checked={shown} onChange={event => setShown(event.currentTarget.checked)} /> {t(PORTAL.showPassword)}</label>
      <details>
        <summary>{t(PORTAL.send)}</summary>
        <Text id="broker" label={PORTAL.broker} value={mqtt.broker} onInput={broker => setMqtt({ ...mqtt, broker })} />
        <Text id="user" label={PORTAL.user} value={mqtt.user} onInput={user => setMqtt({ ...mqtt, user })} />
        <div class="field">
          <label for="secret">{t(PORTAL.brokerPassword)}</label>
          <Password id="secret" value={mqtt.secret} shown={shown} autocomplete="off" onInput={secret => setMqtt({ ...mqtt, secret })} />
        </div>
      </details>
      <Warning name={apName(setup)} />
      <Say bad={!!refused}>{refused}</Say>
      <p class="buttons"><button type="submit" class="main" disabled={busy}>{t(busy ? PORTAL.sending : PORTAL.submit)}</button></p>
    </form>
  );
}

function Text(props: { id: string; label: Pair; value: string; onInput: (text: string) => void }) {
  return (
    <div class="field">
      <label for={props.id}>{t(props.label)}</label>
      <input id={props.id} value={props.value} autocapitalize="none" autocomplete="off" spellcheck={false}
        onInput={event => props.onInput(event.currentTarget.value)} />
    </div>
  );
}

/** After the button was held for 15 s: the confirmation. */
function Erase() {
  const [said, setSaid] = useState("");
  const erase = async () => {
    try {
      await ask("/erase", { method: "POST", body: { confirm: true } });
      setSaid(t(PORTAL.erased));
    } catch (error) {
      setSaid(wordsOf(error));
    }
  };
  return (
    <Card title={t(PORTAL.erase)}>
      <p>{t(PORTAL.eraseLead)}</p>
      <Say>{said}</Say>
      <p class="buttons"><button type="button" class="danger" onClick={() => void erase()}>{t(PORTAL.eraseSure)}</button></p>
    </Card>
  );
}

chooseLanguage(null);
render(<App />, document.body);
