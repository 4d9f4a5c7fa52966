import type { Pair } from "../language";

export const title: Pair = ["Gör läsaren till din", "Make the reader yours"];
export const lead: Pair = [
  "Välj ägarens lösenord. Med det läser du av och ändrar inställningar; ingen kommer åt något utan det.",
  "Choose the owner's password. With it you read and change settings; nobody gets at anything without it."];
export const noCode: Pair = [
  "Den här läsaren har ingen ägare än. Anslut den med kabel till en dator, eller anslut telefonen till dess eget nätverk (står på etiketten), så får du välja lösenord.",
  "This reader has no owner yet. Connect it to a computer by cable, or your phone to its own network (it is on the label), to choose a password."];
export const again: Pair = ["Lösenordet en gång till", "The password once more"];
export const submit: Pair = ["Bli ägare", "Become the owner"];
export const short: Pair = ["Minst 10 tecken. Det är {0} nu.", "At least 10 characters. It has {0} now."];
export const differs: Pair = ["De två är inte lika.", "The two are not the same."];
export const wrongCode: Pair = [
  "Adressen gäller inte längre. Den gäller i tio minuter: starta om läsaren med kabeln i, så får du en ny.",
  "The address does not hold any more. It holds for ten minutes: restart the reader with the cable in for a new one."];
export const claimed: Pair = ["Läsaren har redan en ägare.", "The reader has an owner already."];
