// The views that are loaded when one of them is opened.

export { Health as health } from "./health";
export { History as history } from "./history";
export { Settings as settings } from "./settings";
