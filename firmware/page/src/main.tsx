// The page: who is asking, which view, and the frame around it.

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { getJson, takeToken } from "./api";
import { Claim } from "./claim";
import { chooseLanguage, digits, language, t, type Pair } from "./language";
import { live, type Trouble } from "./live";
import { applyTheme, knowFuse } from "./local";
import { loadHour } from "./hour";
import { Login } from "./login";
import { LanguageButton } from "./parts";
import * as APP from "./texts/app";
import { useLive } from "./use_live";
import { netPower } from "./values";
import { RETRY_MS, ROUTES, View } from "./views";

/** What /session.json says. */
export interface Session {
  claimed: boolean;
  mode: "run" | "setup";
  session: "owner" | "token" | null;
  scope: string[];
  id: string;
  version: string;
  language?: "sv" | "en";
  fuse: number;
}

const route = () => {
  const name = location.hash.replace(/^#\/?/, "").split("/")[0]!;
  return name in ROUTES ? name : "now";
};

/** The view that is shown; whoever uses it is drawn anew at each change. */
function useRoute(): string {
  const [name, setName] = useState(route());
  useEffect(() => {
    const follow = () => setName(route());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return name;
}

function App() {
  const [session, setSession] = useState<Session | null>(null);
  const [unreachable, setUnreachable] = useState(false);
  const [, setSpoken] = useState(language());
  const [asked, ask] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    getJson<Session>("/session.json").then(told => {
      setUnreachable(false);
      chooseLanguage(told.language);
      knowFuse(told.fuse);
      if (told.session) {
        loadHour(told.id);
        live.start();
      }
      setSession(told);
    }).catch(() => {
      setUnreachable(true);
      timer = setTimeout(() => ask(n => n + 1), RETRY_MS);
    });
    return () => clearTimeout(timer);
  }, [asked]);
  const again = () => ask(n => n + 1);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>{t(APP.skip)}</a>
      <Header session={session} onLanguage={() => setSpoken(language())} />
      <main id="main" tabIndex={-1}>
        {unreachable && !session && <p class="banner bad" role="alert">{t(APP.unreachable)}</p>}
        {session && <Content session={session} onSession={again} />}
      </main>
    </>
  );
}

// The address behind # is the view's.
function skip(event: Event) {
  event.preventDefault();
  document.getElementById("main")!.focus();
}

function Header(props: { session: Session | null; onLanguage: () => void }) {
  const view = useRoute();
  const { session } = props;
  return (
    <header>
      <p class="brand">microhan</p>
      {session?.session ? <Link /> : null}
      <nav aria-label={t(APP.menu)}>
        {session?.session ? Object.entries(ROUTES).map(([name, pair]) => (
          <a key={name} href={"#/" + name} aria-current={view === name ? "page" : undefined}>{t(pair)}</a>
        )) : null}
      </nav>
      <LanguageButton onSwitch={props.onLanguage} />
    </header>
  );
}

const SAID: Record<Trouble, Pair> = {
  "": APP.live, waiting: APP.wait, gone: APP.gone, silent: APP.silent, over: APP.over };

/** Whether the numbers are live, in two words; in the window's title the power itself. */
function Link() {
  const { values, polling, trouble } = useLive();
  const now = trouble.call(live);
  const net = netPower(values);
  const known = !now && net != null;
  useEffect(() => {
    document.title = known ? `${digits(net)} W – microhan` : "microhan";
  }, [known, net]);
  return (
    <p class={"link " + (now || "live")} role="status">
      {t(!now && polling ? APP.slow : SAID[now])}
    </p>
  );
}

function Content(props: { session: Session; onSession: () => void }) {
  const { session, onSession } = props;
  const { over } = useLive();
  const name = useRoute();
  // In set-up mode the page is here only, /claim#/settings: at / is the portal.
  const isClaim = location.pathname === "/claim" && !location.hash;
  if (isClaim || !session.claimed) return <Claim session={session} />;
  if (!session.session) return <Login onDone={onSession} />;
  return (
    <>
      {over && <Login onDone={onSession} />}
      <View name={name} session={session} />
    </>
  );
}

takeToken();
applyTheme();
chooseLanguage(null);
render(<App />, document.body);
