// The flasher's page: what its buttons do, and what it shows of it.
import "./vendor/esp-web-tools/install-button.js";
import { Trouble, choosePort, withBoard } from "./dongle.js";
import { installer, layoutFor, pieces, site as fetchSite, tableFits } from "./image.js";
import * as label from "./label.js";
import { current, make, start, t } from "./language.js";

const MB = 1 << 20;
const LEAST = 4 * MB;
const KEPT = "microhan-label-"; // in this tab only: a page that is loaded again still has the label

const element = id => document.getElementById(id);

let site;
let chosen; // a board of site.json
let found; // the connected board: {chip, flash, id}
let labelled; // {id, password, from: key of words}
let problem; // a Trouble with the connected board

// What is shown

function show() {
  element("version").textContent = site.version;
  showHindrances();
  showBoards();
  showFound();
  showLabel();
}

function showHindrances() {
  const hindrance = !window.isSecureContext ? "insecure" : !("serial" in navigator) ? "unsupported" : "";
  element("unsupported").hidden = !hindrance;
  if (hindrance) element("unsupported").textContent = t(hindrance);
  for (const id of ["connect", "keep", "read-label"]) element(id).disabled = !!hindrance;
  const { missing } = site;
  element("missing").hidden = !missing.length;
  element("missing").textContent = missing.length ? t("missing", {
    chips: missing.map(one => one.chip).join(", "),
    files: missing.map(one => `${one.file} (${one.page})`).join(", "),
  }) : "";
}

function showBoards() {
  const kinds = [...new Set(site.boards.map(board => board.kind))];
  element("boards").replaceChildren(...kinds.map(kind => {
    const set = make("fieldset");
    const choices = make("div", "", { className: "choices" });
    choices.append(...site.boards.filter(board => board.kind === kind).map(choice));
    set.append(make("legend", t(`kind_${kind}`)), choices);
    return set;
  }));
  showNotes();
}

function choice(board) {
  const here = board.chip in site.chips;
  const box = make("label");
  const input = make("input", "", {
    type: "radio", name: "board", value: board.name, disabled: !here, checked: board === chosen,
  });
  input.addEventListener("change", () => choose(board));
  const says = here ? `${board.chip}, ${tried(board)}` : t("not_here", board);
  box.append(input, make("span", board.words), make("small", says));
  return box;
}

const tried = board => board.reports === "untried" ? t("untried") : t("tried", { who: board.reports });

function showNotes() {
  const lines = chosen ? chosen.notes[current()].map(text => make("p", text)) : [];
  if (chosen?.source && chosen.reports === "untried") {
    const [before, after] = t("untried_note", { source: "\n" }).split("\n");
    const line = make("p", before);
    line.append(make("a", t("source"), { href: chosen.source }), after);
    lines.push(line);
  }
  element("board-notes").replaceChildren(...lines);
  element("board-notes").hidden = !lines.length;
  const maker = element("back-maker");
  maker.replaceChildren();
  if (chosen?.back) {
    const [before, after] = t("back_maker", { maker: chosen.maker, link: "\n" }).split("\n");
    maker.append(before, make("a", chosen.back, { href: chosen.back }), after);
  }
}

function showFound() {
  const banner = element("found");
  banner.hidden = !found && !problem;
  banner.classList.toggle("bad", !!problem);
  if (problem) banner.textContent = t(problem.key, problem.values);
  else if (found) banner.textContent = t("found", named());
  element("rescue").hidden = !found;
  element("restore").disabled = !("serial" in navigator) || !element("backup-file").files.length;
  const ready = !!element("install").manifest;
  element("start").disabled = !ready;
  element("install-state").textContent = ready ? t("install_ready", named()) : t("install_first");
}

function named() {
  return {
    board: chosen?.words, chip: found.chip, flash: found.flash / MB, id: found.id,
    wanted: chosen?.chip, version: site.version, chips: Object.keys(site.chips).join(", "),
    micropython: site.chips[found.chip]?.micropython,
  };
}

function showLabel() {
  if (labelled?.password) label.draw(labelled.id, labelled.password);
  else element("label").hidden = true;
  element("print").disabled = !labelled?.password;
  element("label-from").textContent = t(labelled ? labelled.from : "label_none");
}

// What is done

async function choose(board) {
  chosen = board;
  showNotes();
  if (found) await prepare();
}

/** Says whether the connected board fits the chosen one, and makes its installer. */
async function prepare() {
  problem = null;
  element("install").manifest = undefined;
  try {
    if (!(found.chip in site.chips)) throw new Trouble("found_none", named());
    if (found.chip !== chosen.chip) throw new Trouble("found_other", named());
    if (found.flash < LEAST) throw new Trouble("found_small", named());
    const layout = layoutFor(site.chips[found.chip], found.flash);
    const manifest = await installer(layout, chosen.config, passwordOf(found.id));
    labelled = { id: found.id, password: passwordOf(found.id), from: "label_made" };
    Object.assign(element("install"), {
      manifest, overrides: { checkSameFirmware: () => false }, // it always erases, and says so
    });
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    problem = error;
  }
  showFound();
  showLabel();
}

/** The password of a board's label: made once, so that a page that is loaded again has the same. */
function passwordOf(id) {
  let password;
  try {
    password = sessionStorage.getItem(KEPT + id);
    if (!password) sessionStorage.setItem(KEPT + id, password = label.newPassword());
  } catch {
    password = labelled?.id === id ? labelled.password : label.newPassword();
  }
  return password;
}

async function connect() {
  const port = await choosePort();
  working(t("connecting"));
  found = null;
  found = await withBoard(port, async ({ chip, flash, id }) => ({ chip, flash, id }));
  chosen ||= site.boards.find(board => board.chip === found.chip && board.name.endsWith("devkit"))
    || site.boards[0];
  showBoards();
  await prepare();
  finish();
}

async function saveBackup() {
  const port = await choosePort();
  working(t("connecting"));
  const content = await withBoard(port, board => board.read(
    0, board.flash, percent => working(t("reading", { percent }), percent)));
  const file = `${chosen.name}-${found.id}-backup.bin`;
  const link = make("a", "", { href: URL.createObjectURL(new Blob([content])), download: file });
  link.click();
  finish(t("saved", { file }));
}

async function restore() {
  const port = await choosePort();
  working(t("connecting"));
  const data = new Uint8Array(await element("backup-file").files[0].arrayBuffer());
  await withBoard(port, async board => {
    if (data.length > board.flash) {
      throw new Trouble("restore_wrong", { size: data.length / MB, flash: board.flash / MB });
    }
    await board.write([{ address: 0, data }], percent => working(t("writing", { percent }), percent));
  });
  finish(t("restore_ok"));
}

async function keep() {
  const port = await choosePort();
  working(t("connecting"));
  await withBoard(port, async board => {
    for (const layout of site.chips[board.chip]?.layouts || []) {
      if (layout.flash <= board.flash && await tableFits(layout, board)) {
        const [head] = await pieces(layout.keep);
        await board.write([head], percent => working(t("writing", { percent }), percent));
        return;
      }
    }
    throw new Trouble("keep_refused");
  });
  finish(t("keep_ok"));
}

async function readLabel() {
  const port = await choosePort();
  working(t("listening"));
  const told = await label.read(port);
  if (!told) throw new Trouble("e_label");
  labelled = { ...told, from: told.password ? "label_read_ok" : "label_own" };
  showLabel();
  finish();
}

// The dialog while something is done

function working(text, percent) {
  const bar = element("work-bar");
  if (percent === undefined) bar.removeAttribute("value");
  else bar.value = percent;
  bar.hidden = false;
  element("work-close").hidden = true;
  element("work-text").textContent = text;
  if (!element("work").open) element("work").showModal();
}

function finish(text) {
  if (!text) return element("work").close();
  element("work-bar").hidden = true;
  element("work-close").hidden = false;
  element("work-text").textContent = text;
  if (!element("work").open) element("work").showModal();
  element("work-close").focus();
}

function button(id, work) {
  element(id).addEventListener("click", async () => {
    element("work-title").textContent = element(id).textContent;
    try {
      await work();
    } catch (error) {
      const { key, values } = error instanceof Trouble ? error
        : error.name === "InvalidStateError" || error.name === "NetworkError" ? { key: "e_busy" }
          : { key: "e_other", values: { words: error.message || String(error) } };
      finish(t(key, values));
    }
  });
}

button("connect", connect);
button("backup", saveBackup);
button("restore", restore);
button("keep", keep);
button("read-label", readLabel);
element("print").addEventListener("click", () => window.print());
element("backup-file").addEventListener("change", () => showFound());
element("work-close").addEventListener("click", () => element("work").close());
element("work").addEventListener("cancel", event => {
  if (element("work-close").hidden) event.preventDefault();
});

site = await fetchSite();
element("waiting").hidden = true;
element("main").hidden = false;
start(show);
