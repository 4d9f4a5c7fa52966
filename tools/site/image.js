// What is written: manifests of the site, with the reader's choices in the two files that have
// room for them.

const CONFIG = "data/config.json";
const LABEL = "data/access_point";

async function fetched(url, kind) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return kind === "json" ? answer.json() : new Uint8Array(await answer.arrayBuffer());
}

export const site = () => fetched("site.json", "json");

/** The layout of a chip's flash for so many bytes of it: the largest that fits. */
export function layoutFor(chip, bytes) {
  return chip.layouts.filter(layout => layout.flash <= bytes).at(-1);
}

/** The parts of a manifest with their bytes: [{address, data}]. */
export async function pieces(manifest) {
  const url = new URL(manifest, location);
  const { builds: [{ parts }] } = await fetched(url, "json");
  return Promise.all(parts.map(async ({ path, offset }) =>
    ({ address: offset, data: await fetched(new URL(path, url)) })));
}

/** A file's content as long as its room: blanks, and a line end. */
function filled(text, size) {
  const bytes = new Uint8Array(size).fill(0x20);
  const content = new TextEncoder().encode(text);
  if (content.length >= size) throw new Error("too long for its room");
  bytes.set(content);
  bytes[size - 1] = 0x0a;
  return bytes;
}

/** The address of a manifest that installs with this configuration and the label's password. */
export async function installer(layout, config, password) {
  const url = new URL(layout.install, location);
  const manifest = await fetched(url, "json");
  const [{ parts }] = manifest.builds;
  for (const part of parts) part.path = new URL(part.path, url).href;
  const files = await fetched(parts[1].path);
  const texts = { [CONFIG]: JSON.stringify(config), [LABEL]: password };
  for (const [path, { offset, size }] of Object.entries(layout.rooms)) {
    files.set(filled(texts[path], size), offset);
  }
  parts[1].path = URL.createObjectURL(new Blob([files]));
  return URL.createObjectURL(new Blob([JSON.stringify(manifest)], { type: "application/json" }));
}

/** Whether a board's partition table is the one that the first piece of a layout has. */
export async function tableFits(layout, board) {
  const [at, size] = layout.table;
  const [head] = await pieces(layout.keep);
  const ours = head.data.subarray(at - head.address, at - head.address + size);
  const held = await board.read(at, size);
  return ours.every((byte, i) => byte === held[i]);
}
