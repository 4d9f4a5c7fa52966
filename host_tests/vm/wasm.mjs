// Runs a MicroPython script under the webassembly port with folders of this PC copied in:
//   node wasm.mjs MODULE SCRIPT [--copy FOLDER]... [ARGUMENT]...
// The port's own command line has no access to the PC's files. If the script defines step(), it is
// called until it is false: this port collects garbage only between calls.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [module, script, ...rest] = process.argv.slice(2);
const folders = [];
while (rest[0] === "--copy") folders.push(rest.splice(0, 2)[1]);

const { loadMicroPython } = await import(pathToFileURL(module));
const decoder = new TextDecoder();
const mp = await loadMicroPython({
  heapsize: 256 * 1024,
  linebuffer: false,
  stdout: (data) => process.stdout.write(typeof data === "string" ? data : decoder.decode(data)),
});

function copy(from) {
  if (fs.statSync(from).isDirectory()) {
    let made = "";
    for (const part of from.split(path.sep).filter(Boolean)) {
      made += "/" + part;
      if (!mp.FS.analyzePath(made).exists) mp.FS.mkdir(made);
    }
    for (const name of fs.readdirSync(from)) copy(path.join(from, name));
  } else if (/\.(py|mpy|jsonl)$/.test(from)) {
    mp.FS.writeFile(from, fs.readFileSync(from));
  }
}
folders.forEach((folder) => copy(path.resolve(folder)));
mp.runPython(`import sys\nsys.argv[:] = ${JSON.stringify([script, ...rest])}`);
mp.runPython(fs.readFileSync(script, "utf8"));
do mp.runPython("more = 'step' in globals() and step()");
while (mp.globals.get("more"));
