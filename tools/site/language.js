// Which language the page speaks, and its texts.
import { WORDS } from "./words.js";

const KEPT = "microhan-language";
let language = "en";

/** The text of a key in today's language, with {name} filled in. */
export function t(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const current = () => language;

/** Text of the page that stands still, as index.html names it. */
function fill() {
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-list]")) {
    element.replaceChildren(...WORDS[language][element.dataset.list].map(text => make("li", text)));
  }
  for (const element of document.querySelectorAll("[data-pairs]")) {
    element.replaceChildren(...WORDS[language][element.dataset.pairs].flatMap(
      ([what, then]) => [make("dt", what), make("dd", then)]));
  }
}

/** An element with a text. */
export function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  Object.assign(element, attributes);
  return element;
}

function first() {
  const asked = new URLSearchParams(location.search).get("lang");
  let kept;
  try {
    kept = localStorage.getItem(KEPT);
  } catch { /* a browser that keeps nothing */ }
  const wanted = asked || kept || (navigator.languages || [navigator.language])
    .map(one => one.slice(0, 2)).find(one => one in WORDS);
  return wanted in WORDS ? wanted : "en";
}

/** Speaks the reader's language, lets the buttons switch it; `after()` is told each time. */
export function start(after) {
  const buttons = [...document.querySelectorAll("[data-language]")];
  const speak = wanted => {
    language = document.documentElement.lang = wanted;
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.language === wanted);
    fill();
    after();
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      try {
        localStorage.setItem(KEPT, button.dataset.language);
      } catch { /* as above */ }
      speak(button.dataset.language);
    });
  }
  speak(first());
}
