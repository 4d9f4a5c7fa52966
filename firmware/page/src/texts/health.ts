import type { Pair } from "../language";

export const device: Pair = ["Läsaren", "The reader"];
export const version: Pair = ["Version", "Version"];
export const uptime: Pair = ["Igång i", "Up for"];
export const days: Pair = ["{0} d {1} h", "{0} d {1} h"];
export const hours: Pair = ["{0} h {1} min", "{0} h {1} min"];
export const mins: Pair = ["{0} min {1} s", "{0} min {1} s"];
export const cause: Pair = ["Startade på grund av", "Started because of"];
export const restarted: Pair = ["Omstartade delar", "Restarted parts"];
export const noRestarts: Pair = ["inga", "none"];
export const healed: Pair = ["Har hjälpt sig själv", "Healed itself"];
export const healedTimes: Pair = ["Wi-Fi {0}×, omstart {1}×", "Wi-Fi {0}×, restart {1}×"];
export const signal: Pair = ["Wi-Fi-signal", "Wi-Fi signal"];
export const signalGood: Pair = ["bra", "good"];
export const signalFair: Pair = ["svag", "weak"];
export const signalPoor: Pair = ["mycket svag", "very weak"];
export const noWifi: Pair = ["inget Wi-Fi", "no Wi-Fi"];
export const heap: Pair = ["Minne: Python", "Memory: Python"];
export const system: Pair = ["Minne: systemet", "Memory: the system"];
export const free: Pair = ["{0} kB fritt, som minst {1} kB", "{0} kB free, {1} kB at least"];
export const block: Pair = ["största block {0} kB, som minst {1} kB fritt", "largest block {0} kB, {1} kB free at least"];
export const latency: Pair = ["Längsta väntan, senaste minuten", "Longest wait, last minute"];
export const line: Pair = ["Mätarens ledning", "The meter's line"];
export const since: Pair = ["Sedan", "Since"];
export const settingsOf: Pair = ["Inställning", "Setting"];
export const searching: Pair = ["{0}, söks", "{0}, being searched"];
export const pin1: Pair = ["Portens stift 1", "The port's pin 1"];
export const fOff: Pair = ["matas inte", "not fed"];
export const fWaiting: Pair = ["matas inte: telegram kommer ändå", "not fed: telegrams come without it"];
export const fMeasuring: Pair = ["mäts innan det matas", "measured before it is fed"];
export const fFeeding: Pair = ["matas", "fed"];
export const fForbidden: Pair = ["matas aldrig: porten ger själv spänning", "never fed: the port gives voltage itself"];
export const fRestarting: Pair = ["porten startas om", "the port is being restarted"];
export const fFault: Pair = ["matas inte: brytaren begränsade", "not fed: the switch limited"];
export const fLow: Pair = ["matas inte: kom inte upp i 4,5 V", "not fed: did not come to 4.5 V"];
export const fHigh: Pair = ["matas inte: mer än 5,7 V", "not fed: more than 5.7 V"];
export const fBlind: Pair = ["matas inte: kan inte mätas", "not fed: cannot be measured"];
export const portRestarts: Pair = ["Omstarter av porten", "Restarts of the port"];
export const portCured: Pair = ["{0}, {1} hjälpte", "{0}, {1} helped"];
export const authenticated: Pair = ["Äkthet", "Authenticity"];
export const proven: Pair = ["bevisad av mätarens nyckel", "proven by the meter's key"];
export const unproven: Pair = ["krypterat utan äkthetsbevis", "encrypted, not authenticated"];
export const cOk: Pair = ["Lästa telegram", "Telegrams read"];
export const cCrc: Pair = ["Fel kontrollsumma", "Wrong checksum"];
export const cFcs: Pair = ["Ramar med fel kontrollsumma", "Frames with a wrong checksum"];
export const cTooLong: Pair = ["För långa", "Too long"];
export const cRestarted: Pair = ["Avbrutna av nästa", "Cut off by the next"];
export const cOddLines: Pair = ["Utelämnade rader", "Lines left out"];
export const cSkipped: Pair = ["Byte utanför telegram", "Bytes outside telegrams"];
export const cMalformed: Pair = ["Okänt innehåll", "Content not known"];
export const cUnknownList: Pair = ["Listor från okänd mätare", "Lists of an unknown meter"];
export const cCutShort: Pair = ["Avklippta", "Cut short"];
export const cNoKey: Pair = ["Krypterade utan nyckel", "Encrypted, no key"];
export const cWrongKey: Pair = ["Fel nyckel", "Wrong key"];
export const cRepeated: Pair = ["Upprepade", "Repeated"];
export const cOlder: Pair = ["Äldre än det förra", "Older than the last"];
export const outputs: Pair = ["Utgångar", "Outputs"];
export const http: Pair = ["Den här sidan och HTTP", "This page and HTTP"];
export const mqtt: Pair = ["MQTT", "MQTT"];
export const push: Pair = ["Push", "Push"];
export const oOff: Pair = ["av", "off"];
export const oConnecting: Pair = ["ansluter", "connecting"];
export const oOk: Pair = ["fungerar", "works"];
export const oError: Pair = ["fel", "error"];
export const queued: Pair = ["{0} i kö", "{0} queued"];
export const dropped: Pair = ["{0} tappade", "{0} lost"];
export const kept: Pair = ["{0} avläsningar väntar på mottagaren", "{0} readings wait for the receiver"];
export const thinned: Pair = ["{0} utgallrade: en per minut behålls", "{0} thinned out: one a minute is kept"];
export const lostAll: Pair = ["{0} förlorade, alla utgångar", "{0} lost, of all outputs"];
export const requests: Pair = ["{0} frågor, {1} fel lösenord", "{0} requests, {1} wrong passwords"];
export const warnings: Pair = ["Varningar", "Warnings"];
export const noWarnings: Pair = ["Inga varningar.", "No warnings."];
export const grid: Pair = ["Text till elnätsbolaget", "Text for the grid company"];
export const gridLead: Pair = ["Skicka detta till ditt elnätsbolag:", "Send this to your grid company:"];
export const gridNever: Pair = [
  "HAN-porten (P1) på min elmätare sänder ingenting. Kabel och läsare är kontrollerade. Kan ni aktivera porten, och bekräfta att den har matning (5 V) och är av typ P1?",
  "The HAN port (P1) of my electricity meter sends nothing. Cable and reader have been checked. Could you activate the port, and confirm that it has supply (5 V) and is of type P1?"];
export const gridIdent: Pair = [
  "HAN-porten på min elmätare sänder bara första raden av varje telegram. Kabel och läsare är kontrollerade. Saknar portens modul matning? Kan ni sända modulens datablad, och säga om den får matas utifrån?",
  "The HAN port of my meter sends only the first line of each telegram. Cable and reader have been checked. Does the port's module lack supply? Could you send its data sheet, and say whether it may be fed from outside?"];
export const gridKey: Pair = [
  "HAN-porten på min elmätare sänder krypterade telegram. Kan ni sända mig krypteringsnyckeln (och autentiseringsnyckeln, om en används)?",
  "The HAN port of my meter sends encrypted telegrams. Could you send me the encryption key (and the authentication key, if one is used)?"];
export const gridLow: Pair = [
  "Ledningen på min elmätares HAN-port hålls låg hela tiden. Kabel och läsare är kontrollerade. Kan ni starta om porten, eller mätarens HAN-modul?",
  "The line of my meter's HAN port is held low all the time. Cable and reader have been checked. Could you restart the port, or the meter's HAN module?"];
export const gridNumber: Pair = ["Mätarnummer: {0}", "Meter number: {0}"];
export const gridWhole: Pair = ["Kopian har mätarnumret i sin helhet.", "The copy has the whole meter number."];
export const downloads: Pair = ["Hämta", "Downloads"];
export const telegramTxt: Pair = ["Senaste telegram, text", "Newest telegram, text"];
export const telegramBin: Pair = ["Senaste telegram, som det sändes", "Newest telegram, as sent"];
export const capture: Pair = ["Byte som inte blev telegram", "Bytes that were no telegram"];
export const log: Pair = ["Logg", "Log"];
export const crash: Pair = ["Senaste krasch", "Newest crash"];
export const crashes: Pair = ["{1} ({0} sammanlagt)", "{1} ({0} in all)"];
export const noCrash: Pair = ["Ingen krasch är känd.", "No crash is known."];
export const noCapture: Pair = [
  "Inga telegram har misslyckats på sistone: det finns inget att hämta.",
  "No telegram has failed lately: there is nothing to download."];
export const noTelegram: Pair = ["Inget telegram har kommit än.", "No telegram has come yet."];
export const noLog: Pair = ["Den här versionen har ingen logg att hämta.", "This version has no log to download."];
export const holds: Pair = [
  "Telegram innehåller mätarnumret: dela dem bara med den du litar på.",
  "Telegrams hold the meter number: share them only with people you trust."];
export const report: Pair = ["Rapport att skicka in", "Report to send in"];
export const reportLead: Pair = [
  "Läsarens läge, utan mätarnummer, mätarställningar, namn och adresser. Läs igenom den innan du skickar den.",
  "The reader's state, without meter numbers, registers, names and addresses. Read it before you send it."];
export const makeReport: Pair = ["Gör en rapport", "Make a report"];
export const saveReport: Pair = ["Spara som fil", "Save as a file"];
export const door: Pair = ["Stäng dörren-provet", "Close-the-door check"];
export const doorLead: Pair = [
  "Ett mätarskåp av metall dämpar Wi-Fi. Provet tar två minuter: lägg läsaren där den ska sitta, starta, och stäng dörren när sidan säger till. Stå kvar i närheten med telefonen på samma nätverk.",
  "A meter cabinet of metal weakens Wi-Fi. The check takes two minutes: put the reader where it will stay, start, and close the door when the page says so. Stay nearby, with your phone on the same network."];
export const doorStart: Pair = ["Starta provet", "Start the check"];
export const doorAgain: Pair = ["Gör om provet", "Check again"];
export const doorOpen: Pair = ["Låt dörren vara öppen: {0} s", "Leave the door open: {0} s"];
export const doorShut: Pair = ["Stäng dörren nu. {0} s kvar", "Close the door now. {0} s left"];
export const doorSeen: Pair = ["{0} av {1} svar kom, signal {2}", "{0} of {1} answers came, signal {2}"];
export const doorGood: Pair = [
  "Bra: läsaren nås genom den stängda dörren.", "Good: the reader is reached through the closed door."];
export const doorFair: Pair = [
  "Det går, men knappt. Flytta läsaren närmare dörrens springa eller en plastdel, eller ställ accesspunkten närmare.",
  "It works, but only just. Move the reader closer to the door's gap or a plastic part, or the access point closer."];
export const doorPoor: Pair = [
  "Det räcker inte. Använd en längre RJ12-kabel så att läsaren sitter utanför skåpet, eller en extern antenn.",
  "It is not enough. Use a longer RJ12 cord so that the reader sits outside the cabinet, or an external antenna."];
export const doorOpenRow: Pair = ["Öppen dörr", "Door open"];
export const doorShutRow: Pair = ["Stängd dörr", "Door closed"];
export const doorSlowest: Pair = ["långsammaste svar {0} ms", "slowest answer {0} ms"];
