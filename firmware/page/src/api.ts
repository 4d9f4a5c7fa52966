// Requests to the device.

const TOKEN = "microhan.token";

/** What the device answers where it refuses: `code` for the page's own words, the others in English. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly words: string,
    readonly key: string,
    readonly retryAfter: number,
  ) {
    super(words);
  }
}

let token = "";

/** Takes the token out of a link, and out of the address line; keeps it for this tab. */
export function takeToken(): void {
  try {
    const query = new URLSearchParams(location.search);
    const given = query.get("token");
    if (given) {
      sessionStorage.setItem(TOKEN, given);
      history.replaceState(null, "", location.pathname + location.hash);
    }
    token = sessionStorage.getItem(TOKEN) || "";
  } catch {
    // no storage: cookies alone
  }
}

/** Forgets it again. */
export function dropToken(): void {
  token = "";
  try {
    sessionStorage.removeItem(TOKEN);
  } catch {
    // there was none
  }
}

export interface Request {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
  /** ms until the answer's head must be there; 0: for ever */
  patience?: number;
  /** "default": what the browser has already will do */
  cache?: RequestCache;
}

/** Sends a request. Rejects with Refused, or with another error where nobody answers. */
export async function ask(path: string, request: Request = {}): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = "Bearer " + token;
  if (request.method) headers["X-Microhan"] = "1";
  if (request.body !== undefined) headers["Content-Type"] = "application/json";
  const stop = new AbortController();
  const patience = request.patience ?? 8000;
  const timer = patience ? setTimeout(() => stop.abort(), patience) : 0;
  request.signal?.addEventListener("abort", () => stop.abort());
  try {
    const answer = await fetch(path, {
      method: request.method || "GET",
      headers,
      body: request.body === undefined ? undefined : JSON.stringify(request.body),
      cache: request.cache || "no-store",
      signal: stop.signal,
    });
    if (!answer.ok) throw await refusal(answer);
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a file, and tells how many bytes have left; only the old way does. `patience`: ms without
 * one until it is given up; 0: for ever. Rejects as ask() does. */
export function send(path: string, file: Blob, patience: number, onSent: (bytes: number) => void): Promise<any> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const wait = () => {
      clearTimeout(timer);
      if (patience) timer = setTimeout(() => request.abort(), patience) as unknown as number;
    };
    request.open("POST", path);
    request.setRequestHeader("X-Microhan", "1");
    request.upload.onprogress = event => {
      wait();
      onSent(event.loaded);
    };
    request.onerror = request.onabort = () => fail(new Error());
    request.onloadend = () => clearTimeout(timer);
    request.onload = async () => {
      if (request.status === 200) done(JSON.parse(request.responseText));
      else fail(await refusal(new Response(request.responseText, { status: request.status })));
    };
    wait();
    request.send(file);
  });
}

async function refusal(answer: Response): Promise<Refused> {
  let told: { code?: string; key?: string; error?: string; hint?: string } = {};
  try {
    told = await answer.json();
  } catch {
    // no JSON: somebody else's answer
  }
  const words = [told.error, told.hint].filter(Boolean).join(" ") || "HTTP " + answer.status;
  const after = parseInt(answer.headers.get("Retry-After") || "0", 10) || 0;
  return new Refused(answer.status, told.code || "", words, told.key || "", after);
}

/** The text at an address, whole within 15 s. */
export async function getText(path: string, request: Request = {}): Promise<string> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 15_000);
  try {
    return await (await ask(path, { ...request, signal: stop.signal })).text();
  } finally {
    clearTimeout(timer);
  }
}

let last: Promise<unknown> = Promise.resolve();

/** What `load` brings, once those before it have ended: the device answers two requests at a time,
 * and the numbers that are live may need the second place. While it says that it is busy it is
 * asked again, after as long as it says. `signal`: nobody waits any more for what has not begun. */
export function inTurn<T>(load: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const begin = async (): Promise<T> => {
    for (;;) {
      if (signal.aborted) throw new Error("nobody waits for it");
      try {
        return await load();
      } catch (error) {
        if (!(error instanceof Refused && error.status === 503)) throw error;
        await new Promise(done => {
          setTimeout(done, Math.max(1, error.retryAfter) * 1000);
          signal.addEventListener("abort", done);
        });
      }
    }
  };
  const mine = last.then(begin);
  last = mine.catch(() => {});
  return mine;
}

/** The JSON at an address. */
export async function getJson<T>(path: string, request: Request = {}): Promise<T> {
  return JSON.parse(await getText(path, request));
}

/** Whether the device runs its application: after set-up it restarts into it. */
export async function isRunning(): Promise<boolean> {
  try {
    return (await getJson<{ mode: string }>("/session.json", { patience: 4000 })).mode === "run";
  } catch {
    return false;
  }
}

/** JSON whose numbers are left as they were sent, as text: JSON.parse drops the zero of 230.0. */
export function parseExactly(text: string): any {
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?/g, m => (m[0] === '"' ? m : `"${m}"`)));
}

/** Whether an error says that nobody is logged in. */
export const isLoggedOut = (error: unknown) => error instanceof Refused && error.status === 401;
