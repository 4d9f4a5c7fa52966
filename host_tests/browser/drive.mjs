// A real browser that does what test_web_browser.py says: one JSON command a line on stdin, one
// JSON answer a line on stdout. argv: path of the browser.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update"],
});
let page;
let complaints; // what the page's console says of errors, and what it wanted from elsewhere

const COMMANDS = {
  async open({ url, password, locale, width }) {
    if (page) await page.context().close();
    const context = await browser.newContext({
      locale, viewport: { width, height: 800 }, deviceScaleFactor: 2,
      httpCredentials: { username: "", password },
    });
    page = await context.newPage();
    complaints = [];
    page.on("pageerror", error => complaints.push(String(error)));
    page.on("console", message => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("request", request => {
      if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
        complaints.push("asked " + request.url());
      }
    });
    const answer = await page.goto(url);
    return answer.status();
  },
  async wait({ selector, pattern, seconds }) {
    const found = page.locator(selector).filter({ hasText: new RegExp(pattern), visible: true });
    await found.first().waitFor({ timeout: seconds * 1000 });
    return found.first().innerText();
  },
  text: ({ selector }) => page.locator(selector).allInnerTexts(),
  overflow: () => page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth),
  complaints: () => complaints,
  shot: ({ path }) => page.screenshot({ path, fullPage: true }).then(() => path),
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer;
  try {
    answer = { result: await COMMANDS[command.do](command) };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
await browser.close();
