// The language of the page, and how it writes numbers.

/** A text in both languages. That is how the sources have it; the build puts a number there, and the
 * words into `lists`: tools/build/page_texts.py. */
export type Pair = readonly [sv: string, en: string];

const lists: [sv: string[], en: string[]] = [[""], [""]]; // no text has the number 0, which is no pair

/** Takes the words of further texts, one a line; the build calls it. */
export function know(...words: [sv: string, en: string]): void {
  words.forEach((lines, i) => lists[i]!.push(...lines.split("\n")));
}

const STORED = "microhan.language";
let index: 0 | 1 = /^sv/i.test(navigator.language) ? 0 : 1;

/** "sv" or "en". */
export const language = () => (index ? "en" : "sv");

/** Sets the language of all that is drawn from now on. */
export function setLanguage(name: string): void {
  index = name === "sv" ? 0 : 1;
  document.documentElement.lang = language();
}

/** A text's words as they stand in the sources, in today's language or in the one that is named. */
export const wordsIn = (pair: Pair, i = index) => lists[i]![pair as unknown as number]!;

/** The words in today's language; {0}, {1} stand for what is given. */
export function t(pair: Pair, ...given: (string | number)[]): string {
  return wordsIn(pair).replace(/\{(\d)\}/g, (_, n) => String(given[+n]));
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
