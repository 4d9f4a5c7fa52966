// What elements are made by: the build puts these names into every script.

export { Fragment, h } from "preact";
