// The board behind the port, by esptool-js: what it is, reading and writing its flash.
import { ESPLoader, Transport } from "./vendor/esptool-js/bundle.js";

const FASTER = 460800; // what common USB bridges and long cables still carry
const CHUNK = 0x10000;
const RESET_MS = 100;

/** What went wrong, by the key of its words in words.js. */
export class Trouble extends Error {
  constructor(key, values = {}) {
    super(key);
    this.key = key;
    this.values = values;
  }
}

/** The port that the reader chooses. */
export async function choosePort() {
  try {
    return await navigator.serial.requestPort();
  } catch (error) {
    throw error.name === "NotFoundError" ? new Trouble("e_no_port") : error;
  }
}

const quiet = { clean() {}, write() {}, writeLine() {} };
const pause = ms => new Promise(done => setTimeout(done, ms));

/** Runs `work(board)` with the chip's loader on a port, and restarts the chip after it. */
export async function withBoard(port, work) {
  const transport = new Transport(port);
  const loader = new ESPLoader({ transport, baudrate: FASTER, terminal: quiet });
  try {
    await loader.main();
    const board = new Board(loader);
    await board.look();
    return await work(board);
  } catch (error) {
    throw inWords(error);
  } finally {
    await restart(transport, loader);
  }
}

async function restart(transport, loader) {
  try {
    await transport.setRTS(true);
    await pause(RESET_MS);
    await loader.after();
  } catch { /* it is gone, and that has been said */ }
  try {
    await transport.disconnect();
  } catch { /* the same */ }
}

function inWords(error) {
  if (error instanceof Trouble) return error;
  const words = String(error?.message || error);
  if (/Failed to open|already open|NetworkError.*open/.test(words)) return new Trouble("e_busy");
  if (/Failed to connect|Serial data stream stopped|No serial data|Invalid head/.test(words)) {
    return new Trouble("e_silent");
  }
  if (/device has been lost|not open|disconnected/i.test(words)) return new Trouble("e_lost");
  return new Trouble("e_other", { words });
}

class Board {
  constructor(loader) {
    this.loader = loader;
  }

  /** Learns `chip` ("ESP32-C3"), `mac`, `id` (the name's end) and `flash` (bytes). */
  async look() {
    const { loader } = this;
    this.chip = loader.chip.CHIP_NAME;
    this.mac = (await loader.chip.readMac(loader)).toLowerCase();
    this.id = this.mac.replaceAll(":", "").slice(-6);
    this.flash = loader.flashSizeBytes(await loader.detectFlashSize());
  }

  /** Bytes of its flash; `tell(percent)` follows. */
  async read(at, size, tell = () => {}) {
    const all = new Uint8Array(size);
    for (let done = 0; done < size; done += CHUNK) {
      const count = Math.min(CHUNK, size - done);
      all.set(await this.loader.readFlash(at + done, count), done);
      tell(Math.floor((done + count) / size * 100));
    }
    return all;
  }

  /** Writes pieces {address, data}; nothing else of its flash changes. */
  async write(pieces, tell = () => {}) {
    const total = pieces.reduce((sum, piece) => sum + piece.data.length, 0);
    let before = 0;
    for (const piece of pieces) {
      await this.loader.writeFlash({
        fileArray: [piece], flashSize: "keep", flashMode: "keep", flashFreq: "keep",
        eraseAll: false, compress: true,
        reportProgress: (_, written, all) =>
          tell(Math.floor((before + written / all * piece.data.length) / total * 100)),
      });
      before += piece.data.length;
    }
  }
}
