// A QR code. It is 1.7 kB, and loaded when a token is made.

export { generate } from "lean-qr/nano";
