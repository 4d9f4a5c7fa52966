// Tokens: one for each program or person, shown once, taken back at any time.

import { generate } from "lean-qr/nano";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, getJson, isLoggedOut } from "./api";
import { t, type Pair } from "./language";
import { live } from "./live";
import { Card, Say, wordsOf } from "./parts";
import { Copy } from "./stateful";
import * as APP from "./texts/app";
import * as TOKENS from "./texts/tokens";
import { civil } from "./time";

interface Token { id: string; name: string; scope: string[]; expires: string | null; last_used: string | null; last_from: string | null }

const MOST = 8;
const SCOPES: [name: string, pair: Pair][] = [["now", TOKENS.now], ["history", TOKENS.history], ["raw", TOKENS.raw]];
const LIFES: [days: number, pair: Pair][] = [[0, TOKENS.forever], [1, TOKENS.day], [30, TOKENS.month], [365, TOKENS.year]];
const DAY_MS = 86_400_000;

export function Tokens() {
  const [tokens, setTokens] = useState<Token[] | null>(null);
  const [made, setMade] = useState("");
  const [adding, setAdding] = useState(false);
  const [failed, setFailed] = useState("");
  const attempt = async (work: () => Promise<unknown>) => {
    setFailed("");
    try {
      await work();
      setTokens(await getJson<Token[]>("/tokens"));
      return true;
    } catch (error) {
      if (isLoggedOut(error)) live.end();
      setFailed(wordsOf(error, { too_many_tokens: TOKENS.full, bad_name: TOKENS.noName }));
      return false;
    }
  };
  useEffect(() => { void attempt(async () => {}); }, []);
  const remove = (token: Token) => {
    if (confirm(t(TOKENS.sure, token.name))) {
      void attempt(() => ask("/tokens/" + encodeURIComponent(token.id), { method: "DELETE", body: {} }));
    }
  };
  const make = async (name: string, scope: string[], days: number) => {
    const expires = days ? new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 19) + "Z" : null;
    const done = await attempt(async () => {
      const answer = await ask("/tokens", { method: "POST", body: { name, scope, expires } });
      setMade((await answer.json()).token);
    });
    if (done) setAdding(false);
  };
  return (
    <Card title={t(TOKENS.title)}>
      <p>{t(TOKENS.lead)}</p>
      {tokens?.length === 0 && <p class="hint">{t(TOKENS.none)}</p>}
      <List tokens={tokens || []} onRemove={remove} />
      <Say bad={!!failed}>{failed}</Say>
      {made && <Made token={made} onDone={() => setMade("")} />}
      {adding ? <Form onMake={make} onCancel={() => setAdding(false)} />
        : !made && tokens && (
          <p class="buttons">
            {tokens.length < MOST ? <button type="button" onClick={() => setAdding(true)}>{t(TOKENS.add)}</button> : t(TOKENS.full)}
          </p>
        )}
    </Card>
  );
}

function List(props: { tokens: Token[]; onRemove: (token: Token) => void }) {
  return (
    <ul class="tokens">
      {props.tokens.map(token => (
        <li key={token.id}>
          <div><strong>{token.name}</strong><small>{describe(token)}</small></div>
          <button type="button" class="small" aria-label={t(TOKENS.removeOf, token.name)} onClick={() => props.onRemove(token)}>{t(TOKENS.remove)}</button>
        </li>
      ))}
    </ul>
  );
}

function describe(token: Token): string {
  const scope = SCOPES.filter(([name]) => token.scope.includes(name)).map(([, pair]) => t(pair)).join(", ");
  const until = token.expires ? t(TOKENS.until, civil(Date.parse(token.expires))) : t(TOKENS.forever);
  const used = token.last_used
    ? t(TOKENS.lastUsed, civil(Date.parse(token.last_used)), token.last_from || "?") : t(TOKENS.neverUsed);
  return [scope, until, used].join(" · ");
}

function Form(props: { onMake: (name: string, scope: string[], days: number) => Promise<void>; onCancel: () => void }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState(["now", "history"]);
  const [days, setDays] = useState(0);
  const [tried, setTried] = useState(false);
  const problem = !name.trim() ? t(TOKENS.noName) : !scope.length ? t(TOKENS.noScope) : "";
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!problem) void props.onMake(name.trim(), scope, days);
  };
  return (
    <form onSubmit={submit}>
      <div class="field">
        <label for="token-name">{t(TOKENS.name)}</label>
        <input id="token-name" ref={first} value={name} maxLength={32} autocomplete="off" aria-describedby="token-hint token-problem"
          aria-invalid={tried && !name.trim()} onInput={event => setName(event.currentTarget.value)} />
        <p id="token-hint" class="hint">{t(TOKENS.nameHint)}</p>
      </div>
      <fieldset>
        <legend>{t(TOKENS.scope)}</legend>
        {SCOPES.map(([word, pair]) => (
          <label key={word}>
            <input type="checkbox" checked={scope.includes(word)} onChange={event => setScope(
              event.currentTarget.checked ? [...scope, word] : scope.filter(one => one !== word))} /> {t(pair)}
          </label>
        ))}
      </fieldset>
      <div class="field">
        <label for="token-life">{t(TOKENS.expires)}</label>
        <select id="token-life" value={days} onChange={event => setDays(+event.currentTarget.value)}>
          {LIFES.map(([number, pair]) => <option key={number} value={number}>{t(pair)}</option>)}
        </select>
      </div>
      <Say id="token-problem" bad={tried && !!problem}>{tried ? problem : ""}</Say>
      <p class="buttons">
        <button type="submit" class="main">{t(TOKENS.make)}</button>
        <button type="button" onClick={props.onCancel}>{t(APP.cancel)}</button>
      </p>
    </form>
  );
}

/** The new token: as text, as a link, and as a QR code of the link. */
function Made(props: { token: string; onDone: () => void }) {
  const link = `${location.origin}/?token=${encodeURIComponent(props.token)}`;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => generate(link).toCanvas(canvas.current!), [link]);
  return (
    <div class="made">
      <p role="status">{t(TOKENS.once)}</p>
      <canvas ref={canvas} role="img" aria-label={t(TOKENS.qr)} />
      <dl>
        <dt>{t(TOKENS.token)}</dt><dd><code>{props.token}</code> <Copy text={() => props.token} /></dd>
        <dt>{t(TOKENS.link)}</dt><dd><code>{link}</code> <Copy text={() => link} /></dd>
      </dl>
      <p class="buttons"><button type="button" onClick={props.onDone}>{t(TOKENS.done)}</button></p>
    </div>
  );
}
