// The label: the board's name, its own network with the password, the addresses, as text and QR.
import { correction, generate } from "./vendor/lean-qr/index.mjs";

// No 0/O, 1/l/I: people type these into a phone.
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const LENGTH = 12;
const BAUD = 115200;
const LISTEN_MS = 60_000;
const ASK_MS = 500;

const element = id => document.getElementById(id);

/** A password for the board's own network. */
export function newPassword() {
  let text = "";
  while (text.length < LENGTH) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    if (byte < 256 - 256 % LETTERS.length) text += LETTERS[byte % LETTERS.length];
  }
  return text;
}

/** Draws the label of a board. */
export function draw(id, password) {
  const name = `microhan-${id}`;
  const home = `http://${name}.local/`;
  element("label-name").textContent = element("label-network").textContent = name;
  element("label-password").textContent = password;
  element("label-address").textContent = home;
  code("code-wifi", `WIFI:T:WPA;S:${name};P:${password};;`);
  code("code-address", home);
  element("label").hidden = false;
}

function code(id, text) {
  element(id).src = generate(text, { minCorrectionLevel: correction.M }).toDataURL({
    type: "image/png", scale: 8, on: [0, 0, 0, 255], off: [255, 255, 255, 255],
  });
  element(id).dataset.text = text;
}

// What a starting dongle says of itself; and what it answers when MicroPython's prompt is asked.
const SAID_ID = /microhan \S+ id (\w{6})\b/;
const SAID_PASSWORD = /microhan access point microhan-(\w{6}) password (\S+)/;
const QUESTION = [
  "import machine, binascii, json",
  "try: p = open('/data/access_point').read().strip()",
  "except OSError: p = ''",
  "print('LABEL' + json.dumps([binascii.hexlify(machine.unique_id()[-3:]).decode(), p]))",
  "machine.reset()",
].join("\r\n");
const ANSWER = /LABEL(\["\w{6}", ".*?"\])/;

/** What the board on this port says: {id, password}, "" where it has none; null if nothing. */
export async function read(port) {
  await port.open({ baudRate: BAUD, bufferSize: 8192 });
  const heard = { text: "" };
  const reader = port.readable.getReader();
  const writer = port.writable.getWriter();
  const listening = listen(reader, heard);
  try {
    const end = Date.now() + LISTEN_MS;
    let asked = false;
    while (Date.now() < end) {
      const found = answerIn(heard.text);
      if (found) return found;
      if (!asked && /\r?\n>>> ?$/.test(heard.text)) {
        asked = true;
        // Ctrl-E: paste mode, which takes several lines at once; Ctrl-D ends it.
        await writer.write(new TextEncoder().encode(`\x05${QUESTION}\x04`));
      } else if (!asked) {
        await writer.write(new TextEncoder().encode("\r\x03"));
      }
      await new Promise(done => setTimeout(done, ASK_MS));
    }
    return answerIn(heard.text, true);
  } finally {
    await reader.cancel().catch(() => {});
    await listening;
    writer.releaseLock();
    await port.close();
  }
}

function answerIn(text, atLast = false) {
  const said = SAID_PASSWORD.exec(text);
  if (said) return { id: said[1], password: said[2] };
  const answer = ANSWER.exec(text);
  if (answer) {
    const [id, password] = JSON.parse(answer[1]);
    return { id, password };
  }
  const started = atLast && SAID_ID.exec(text);
  return started ? { id: started[1], password: "" } : null;
}

async function listen(reader, heard) {
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      heard.text = (heard.text + decoder.decode(value, { stream: true })).slice(-8000);
    }
  } catch { /* the port was closed, or the cable came out: what was heard is what there is */ }
  reader.releaseLock();
}
