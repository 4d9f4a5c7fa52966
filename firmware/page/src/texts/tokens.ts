import type { Pair } from "../language";

export const title: Pair = ["Nycklar för program och andra", "Tokens for programs and people"];
export const lead: Pair = [
  "Ett program eller en person får en egen nyckel, som kan tas tillbaka. Ägarens lösenord ger du ingen.",
  "A program or a person gets a token of its own, which can be taken back. Give nobody the owner's password."];
export const none: Pair = ["Inga nycklar än.", "No tokens yet."];
export const name: Pair = ["Namn", "Name"];
export const nameHint: Pair = ["Till exempel Home Assistant, sambo, installatör", "For example Home Assistant, partner, installer"];
export const scope: Pair = ["Får läsa", "May read"];
export const now: Pair = ["nu", "now"];
export const history: Pair = ["historik", "history"];
export const raw: Pair = ["råa telegram", "raw telegrams"];
export const expires: Pair = ["Gäller", "Holds"];
export const forever: Pair = ["tills den tas bort", "until it is removed"];
export const day: Pair = ["ett dygn", "one day"];
export const month: Pair = ["30 dagar", "30 days"];
export const year: Pair = ["ett år", "one year"];
export const until: Pair = ["till {0}", "until {0}"];
export const lastUsed: Pair = ["användes {0} från {1}", "used {0} from {1}"];
export const neverUsed: Pair = ["aldrig använd", "never used"];
export const add: Pair = ["Ny nyckel", "New token"];
export const make: Pair = ["Skapa nyckeln", "Make the token"];
export const noName: Pair = ["Ge den ett namn.", "Give it a name."];
export const noScope: Pair = ["Välj minst en sak att läsa.", "Choose at least one thing to read."];
export const full: Pair = ["Det finns redan åtta nycklar. Ta bort en först.", "There are eight tokens already. Remove one first."];
export const once: Pair = ["Nyckeln visas bara nu. Spara den, eller läs av länken.", "The token is shown only now. Save it, or scan the link."];
export const token: Pair = ["Nyckel", "Token"];
export const link: Pair = ["Länk", "Link"];
export const qr: Pair = ["QR-kod med länken: en sida att bara läsa", "QR code of the link: a page to read only"];
export const done: Pair = ["Klar", "Done"];
export const remove: Pair = ["Ta bort", "Remove"];
export const removeOf: Pair = ["Ta bort {0}", "Remove {0}"];
export const sure: Pair = ["Ta bort {0}? Det som använder den slutar fungera.", "Remove {0}? What uses it stops working."];
