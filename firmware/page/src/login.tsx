// The owner's password, in a page of our own: browsers' own prompt cannot log out, nor say why.

import { useEffect, useState } from "preact/hooks";
import { ask, dropToken, Refused } from "./api";
import { t } from "./language";
import { Say, wordsOf } from "./parts";
import { Password } from "./stateful";
import * as LOGIN from "./texts/login";

export function Login(props: { onDone: () => void }) {
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [wait, setWait] = useState(0); // s until the next attempt
  useEffect(() => {
    if (!wait) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      await ask("/login", { method: "POST", body: { password }, patience: 20_000 });
      dropToken();
      props.onDone();
    } catch (error) {
      if (error instanceof Refused && error.code === "slow_down") setWait(error.retryAfter || 1);
      else setProblem(wordsOf(error, { wrong_password: LOGIN.wrong }));
    }
    setBusy(false);
  };
  return (
    <form class="card narrow" onSubmit={event => void submit(event)}>
      <h1 tabIndex={-1}>{t(LOGIN.title)}</h1>
      <p>{t(LOGIN.lead)}</p>
      <label for="password">{t(LOGIN.password)}</label>
      <Password id="password" value={password} onInput={setPassword} autocomplete="current-password"
        describedby="problem" invalid={!!problem} required />
      <Say id="problem" bad={!!problem || wait > 0}>{wait ? t(LOGIN.slow, wait) : problem}</Say>
      <button type="submit" class="main" disabled={busy || wait > 0}>{t(busy ? LOGIN.busy : LOGIN.submit)}</button>
      <p class="hint">{t(LOGIN.forgotten)}</p>
    </form>
  );
}
