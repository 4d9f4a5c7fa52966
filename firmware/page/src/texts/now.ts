import type { Pair } from "../language";

export const takes: Pair = ["Tas från elnätet nu", "Taken from the grid now"];
export const gives: Pair = ["Matas ut till elnätet nu", "Fed to the grid now"];
export const still: Pair = ["Inget flöde just nu", "No flow right now"];
export const none: Pair = ["Effekten är okänd just nu", "Power is unknown right now"];
export const took: Pair = ["Togs från elnätet {0}", "Taken from the grid at {0}"];
export const gave: Pair = ["Matades ut till elnätet {0}", "Fed to the grid at {0}"];
export const stood: Pair = ["Inget flöde {0}", "No flow at {0}"];
export const nothing: Pair = ["Väntar på mätaren.", "Waiting for the meter."];
export const goneSince: Pair = [
  "Ingen kontakt med läsaren sedan {0}. Siffrorna är från då. Sidan försöker igen av sig själv.",
  "No contact with the reader since {0}. The numbers are from then. The page tries again by itself."];
export const silentSince: Pair = [
  "Mätaren hördes senast {0}. Siffrorna är från då.",
  "The meter was last heard at {0}. The numbers are from then."];
export const silentEver: Pair = ["Ingenting från mätaren än.", "Nothing from the meter yet."];
export const overSince: Pair = [
  "Du är inte inloggad längre. Siffrorna är från {0}.",
  "You are not logged in any more. The numbers are from {0}."];
export const overEver: Pair = ["Du är inte inloggad längre.", "You are not logged in any more."];
export const hourWords: Pair = ["Senaste timmen: mellan {0} och {1} W.", "Last hour: between {0} and {1} W."];
export const hourSame: Pair = ["Senaste timmen: {0} W.", "Last hour: {0} W."];
export const hourEmpty: Pair = ["Senaste timmen: fylls på medan sidan är öppen.", "Last hour: it fills up while the page is open."];
export const imported: Pair = ["Import", "Import"];
export const exported: Pair = ["Export", "Export"];
export const rin: Pair = ["Reaktiv import", "Reactive import"];
export const rout: Pair = ["Reaktiv export", "Reactive export"];
export const demand: Pair = ["Medeleffekt", "Average demand"];
export const freq: Pair = ["Frekvens", "Frequency"];
export const factor: Pair = ["Effektfaktor", "Power factor"];
export const phases: Pair = ["Faser", "Phases"];
export const voltage: Pair = ["Spänning", "Voltage"];
export const current: Pair = ["Ström", "Current"];
export const fuse: Pair = ["Huvudsäkring", "Main fuse"];
export const fuseUnset: Pair = ["inte vald", "not set"];
export const fuseHint: Pair = [
  "Välj huvudsäkring för att se hur mycket som är kvar på varje fas.",
  "Choose your main fuse to see what is left on each phase."];
export const fuseOf: Pair = ["{0}: {1} av {2} A", "{0}: {1} of {2} A"];
export const fuseLeft: Pair = ["{0} A kvar", "{0} A left"];
export const fuseOver: Pair = ["{0} A för mycket", "{0} A too much"];
export const registers: Pair = ["Mätarställning", "Meter registers"];
export const ein: Pair = ["Energi in", "Energy in"];
export const eout: Pair = ["Energi ut", "Energy out"];
export const tariffOf: Pair = ["{0}, tariff {1}", "{0}, tariff {1}"];
export const quadrant: Pair = ["Reaktiv energi, kvadrant {0}", "Reactive energy, quadrant {0}"];
export const peak: Pair = ["Månadens effekttopp", "Peak demand this month"];
export const limit: Pair = ["Effektgräns", "Power limit"];
export const hourly: Pair = ["varje timme, från {0}", "each hour, as of {0}"];
export const asof: Pair = ["från {0}", "as of {0}"];
export const unit: Pair = [
  "Mätaren säger inte vilken enhet dess register har. Enheten räknas fram, oftast inom en timme; till dess visas inga register hellre än tio gånger fel.",
  "The meter does not say the unit of its registers. The unit is being worked out, usually within an hour; until then no registers are shown rather than ten times wrong ones."];
export const scale: Pair = [
  "Visas inte än, för att skalan är okänd: {0}.", "Not shown yet, because the scale is unknown: {0}."];
export const meter: Pair = ["Mätare", "Meter"];
export const meterId: Pair = ["Mätarnummer", "Meter number"];
export const printed: Pair = ["tryckt på mätaren: {0}", "printed on the meter: {0}"];
export const identification: Pair = ["Identitet", "Identification"];
export const type: Pair = ["Typ", "Type"];
export const list: Pair = ["Lista", "List"];
export const time: Pair = ["Tid", "Time"];
export const ownClock: Pair = ["{0} (mätaren {1})", "{0} (meter {1})"];
export const tariff: Pair = ["Tariff nu", "Active tariff"];
export const breaker: Pair = ["Brytare", "Breaker"];
export const connected: Pair = ["Tillkopplad", "Connected"];
export const disconnected: Pair = ["Frånkopplad", "Disconnected"];
export const ready: Pair = ["Klar att koppla till", "Ready for reconnection"];
export const message: Pair = ["Meddelande från elnätsbolaget", "Message from the grid company"];
export const months: Pair = ["Tidigare effekttoppar", "Earlier peak demand"];
export const others: Pair = ["Andra mätare", "Other meters"];
export const electricity: Pair = ["El", "Electricity"];
export const gas: Pair = ["Gas", "Gas"];
export const heat: Pair = ["Värme", "Heat"];
export const hotWater: Pair = ["Varmvatten", "Hot water"];
export const water: Pair = ["Vatten", "Water"];
export const cooling: Pair = ["Kyla", "Cooling"];
export const showNumber: Pair = ["Visa {0}", "Show {0}"];
export const hideNumber: Pair = ["Dölj {0}", "Hide {0}"];
