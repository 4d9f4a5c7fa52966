// What this browser keeps for itself: it is nobody else's, and the device does not know it.

const PREFIX = "microhan.";

let told = "";

/** Takes the main fuse that the device knows; 0: none. It counts before the one of this browser. */
export const knowFuse = (fuse: number) => { told = fuse ? String(fuse) : ""; };

/** The main fuse, A, as text; "" if nobody knows it. */
export const fuseSize = () => told || kept("fuse");

/** Whether it is a setting of the device, and so no choice of this browser. */
export const isFuseSet = () => !!told;

/** A value as text; "" if none is kept. */
export function kept(key: "theme" | "fuse"): string {
  try {
    return localStorage.getItem(PREFIX + key) || "";
  } catch {
    return "";
  }
}

/** Keeps a value; "" removes it. */
export function keep(key: "theme" | "fuse", value: string): void {
  try {
    if (value) localStorage.setItem(PREFIX + key, value);
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // no storage: as long as the page is open
  }
}

/** Light, dark, or "" for what the system says. */
export function applyTheme(theme = kept("theme")): void {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
