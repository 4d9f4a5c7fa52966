// Set-up mode.

import type { Pair } from "../language";

export const title: Pair = ["Kom igång", "Set up"];
export const lead: Pair = ["Läsaren heter {0}. Fyll i formuläret, så ansluter den till ditt nätverk.", "The reader is called {0}. Fill in the form, and it joins your network."];
export const network: Pair = ["Ditt Wi-Fi (2,4 GHz)", "Your Wi-Fi (2.4 GHz)"];
export const scanning: Pair = ["Letar efter nätverk …", "Looking for networks …"];
export const noneFound: Pair = ["Inga nätverk hittades.", "No networks were found."];
export const hidden: Pair = ["Annat eller dolt nätverk", "Other or hidden network"];
export const name: Pair = ["Nätverkets namn", "Name of the network"];
export const blanks: Pair = ["Namnet börjar eller slutar med ett blanksteg. Ska det vara så?", "The name begins or ends with a blank. Is that meant?"];
export const blanksPassword: Pair = ["Lösenordet börjar eller slutar med ett blanksteg. Ska det vara så?", "The password begins or ends with a blank. Is that meant?"];
export const open: Pair = ["öppet", "open"];
export const strong: Pair = ["stark", "strong"];
export const fair: Pair = ["medel", "fair"];
export const weak: Pair = ["svag", "weak"];
export const password: Pair = ["Nätverkets lösenord", "Password of the network"];
export const passwordShort: Pair = ["Ett Wi-Fi-lösenord har minst 8 tecken.", "A Wi-Fi password has at least 8 characters."];
export const choose: Pair = ["Välj ett nätverk.", "Choose a network."];
export const showPassword: Pair = ["Visa lösenord", "Show passwords"];
export const owner: Pair = ["Ägarens lösenord", "Owner's password"];
export const ownerNew: Pair = ["Välj ägarens lösenord", "Choose the owner's password"];
export const ownerHint: Pair = ["Minst 10 tecken. Med det loggar du in på läsarens sida.", "At least 10 characters. With it you log in to the reader's page."];
export const ownerRenew: Pair = ["Minst 10 tecken: ett nytt, eller det gamla igen. Historiken finns kvar.", "At least 10 characters: a new one, or the old one again. History stays."];
export const ownerProve: Pair = ["Läsaren har en ägare: bara den kan ändra nätverket. Glömt det? Håll knappen i 5 s.", "The reader has an owner, who alone may change the network. Forgotten it? Hold the button for 5 s."];
export const ownerShort: Pair = ["Minst 10 tecken. Det är {0} nu.", "At least 10 characters. It has {0} now."];
export const send: Pair = ["Skicka till MQTT (kan vänta)", "Send to MQTT (may wait)"];
export const broker: Pair = ["Mäklare (namn eller adress)", "Broker (name or address)"];
export const user: Pair = ["Användare", "User"];
export const brokerPassword: Pair = ["Lösenord", "Password"];
export const submit: Pair = ["Anslut", "Connect"];
export const before: Pair = [
  "När läsaren byter radiokanal kan telefonen tappas. Anslut den i så fall till {0} igen: sidan fortsätter av sig själv. Allt du har fyllt i är sparat.",
  "When the reader changes channel, the phone may be dropped. If so, join {0} again: the page goes on by itself. All that you filled in is stored."];
export const stay: Pair = [
  "Säger telefonen ”inget internet, vill du stanna?”: svara ja.",
  "If the phone says “no internet, stay connected?”: say yes."];
export const sending: Pair = ["Sparar …", "Storing …"];
export const trying: Pair = ["Ansluter till {0} …", "Joining {0} …"];
export const dropped: Pair = [
  "Läsaren svarar inte just nu. Anslut telefonen till {0} igen; sidan frågar varannan sekund.",
  "The reader does not answer just now. Join {0} with the phone again; the page asks every two seconds."];
export const success: Pair = ["Klart. Läsaren är på ditt nätverk.", "Done. The reader is on your network."];
export const address: Pair = ["Anslut telefonen till ditt eget Wi-Fi igen, och öppna:", "Join your own Wi-Fi with the phone again, and open:"];
export const orName: Pair = ["eller", "or"];
export const closes: Pair = ["Läsarens eget nätverk stängs om tio minuter.", "The reader's own network closes in ten minutes."];
export const failed: Pair = ["Det gick inte att ansluta.", "Joining failed."];
export const busy: Pair = ["Ett försök pågår redan. Vänta en halv minut.", "An attempt is under way already. Wait half a minute."];
export const slow_down: Pair = ["För många försök. Vänta {0} s.", "Too many attempts. Wait {0} s."];
export const wrong_owner: Pair = ["Ägarens lösenord är fel.", "The owner's password is wrong."];
export const meter: Pair = ["Mätaren just nu", "The meter just now"];
export const settings: Pair = ["Alla inställningar (logga in som ägare)", "All settings (log in as the owner)"];
export const erase: Pair = ["Radera allt", "Erase everything"];
export const eraseLead: Pair = [
  "Knappen hölls i 15 sekunder. Ska lösenord, nätverk, inställningar och historik raderas? Det går inte att ångra.",
  "The button was held for 15 seconds. Erase password, networks, settings and history? This cannot be undone."];
export const eraseSure: Pair = ["Ja, radera allt", "Yes, erase everything"];
export const erased: Pair = ["Allt är raderat. Läsaren startar om som ny.", "Everything is erased. The reader restarts as new."];
export const again: Pair = ["Ändra och försök igen", "Change and try again"];
