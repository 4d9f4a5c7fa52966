import type { Pair } from "../language";

export const title: Pair = ["Logga in", "Log in"];
export const lead: Pair = ["Den här läsaren svarar bara sin ägare.", "This reader answers only its owner."];
export const password: Pair = ["Ägarens lösenord", "Owner's password"];
export const submit: Pair = ["Logga in", "Log in"];
export const busy: Pair = ["Prövar …", "Checking …"];
export const wrong: Pair = ["Lösenordet är fel.", "The password is wrong."];
export const slow: Pair = ["För många försök. Vänta {0} s.", "Too many attempts. Wait {0} s."];
export const forgotten: Pair = [
  "Glömt lösenordet? Håll läsarens knapp i 5 s medan den är igång: då öppnas inställningsläget, där du väljer ett nytt. Historiken finns kvar.",
  "Forgotten it? Hold the reader's button for 5 s while it runs: that opens set-up, where you choose a new one. History stays."];
export const logout: Pair = ["Logga ut här", "Log out here"];
export const logoutAll: Pair = ["Logga ut överallt", "Log out everywhere"];
