// A new device becomes its owner's: the one-time address that the cable gave, and a password.

import { useState } from "preact/hooks";
import { ask, isRunning } from "./api";
import { t } from "./language";
import type { Session } from "./main";
import { Say, wordsOf } from "./parts";
import { Password } from "./stateful";
import * as CLAIM from "./texts/claim";
import * as LOGIN from "./texts/login";

const LEAST = 10;
const ASK_MS = 1000; // until it has restarted

export function Claim(props: { session: Session }) {
  const query = new URLSearchParams(location.search);
  const code = query.get("code") || location.search.slice(1);
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState("");
  if (props.session.claimed) return <p class="banner">{t(CLAIM.claimed)} <a href="/">{t(LOGIN.title)}</a></p>;
  if (!code) return <p class="banner">{t(CLAIM.noCode)}</p>;
  const short = password.length < LEAST ? t(CLAIM.short, password.length) : "";
  const differs = password !== again ? t(CLAIM.differs) : "";
  const submit = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (short || differs) return;
    setBusy(true);
    setProblem("");
    try {
      await ask("/claim", { method: "POST", body: { code, owner_password: password }, patience: 20_000 });
      while (!(await isRunning())) await new Promise(done => setTimeout(done, ASK_MS));
      location.replace("/");
    } catch (error) {
      setProblem(wordsOf(error, { wrong_code: CLAIM.wrongCode, already_claimed: CLAIM.claimed, slow_down: LOGIN.slow }));
      setBusy(false);
    }
  };
  return (
    <form class="card narrow" onSubmit={event => void submit(event)} noValidate>
      <h1 tabIndex={-1}>{t(CLAIM.title)}</h1>
      <p>{t(CLAIM.lead)}</p>
      <label for="new">{t(LOGIN.password)}</label>
      <Password id="new" value={password} onInput={setPassword} autocomplete="new-password"
        describedby="short" invalid={tried && !!short} required />
      <p id="short" class={tried && short ? "say bad" : "hint"} role="status">{short}</p>
      <label for="again">{t(CLAIM.again)}</label>
      <Password id="again" value={again} onInput={setAgain} autocomplete="new-password"
        describedby="differs" invalid={tried && !!differs} required />
      <p id="differs" class="say bad" role="status">{tried ? differs : ""}</p>
      <Say bad={!!problem}>{problem}</Say>
      <button type="submit" class="main" disabled={busy}>{t(busy ? LOGIN.busy : CLAIM.submit)}</button>
    </form>
  );
}
