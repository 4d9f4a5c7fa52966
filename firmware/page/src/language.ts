// The language of the page, and how it writes numbers.

export type Pair = readonly [sv: string, en: string];

/** A table of texts, each checked to be a pair. */
export const table = <T extends Record<string, Pair>>(pairs: T): T => pairs;

const STORED = "microhan.language";
let index: 0 | 1 = /^sv/i.test(navigator.language) ? 0 : 1;

/** "sv" or "en". */
export const language = () => (index ? "en" : "sv");

/** Sets the language of all that is drawn from now on. */
export function setLanguage(name: string): void {
  index = name === "sv" ? 0 : 1;
  document.documentElement.lang = language();
}

/** The words in today's language; {0}, {1} stand for what is given. */
export function t(pair: Pair, ...given: (string | number)[]): string {
  return pair[index].replace(/\{(\d)\}/g, (_, n) => String(given[+n]));
}

/** Digits as the language writes them; a dash for what is not known. They are never rounded. */
export function digits(text: string | number | null | undefined): string {
  if (text == null) return "–";
  const [whole, part] = String(text).replace("-", "").split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, index ? "," : "\u00a0");
  return (String(text)[0] === "-" ? "−" : "") + grouped + (part ? (index ? "." : ",") + part : "");
}

/** The language that this browser was told, else what it speaks, else the device's own. */
export function chooseLanguage(own: string | null | undefined): void {
  let name = /^(sv|en)\b/i.test(navigator.language) ? language() : own || "sv";
  try {
    name = localStorage.getItem(STORED) || name;
  } catch {
    // a browser without storage: a captive portal's, for one
  }
  setLanguage(name);
}

/** Keeps what the reader has chosen. */
export function keepLanguage(name: string): void {
  setLanguage(name);
  try {
    localStorage.setItem(STORED, name);
  } catch {
    // only until the page is closed
  }
}
