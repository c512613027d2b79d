// An SMSC that fails on demand, on npm's `smpp`: node smsc.js FOLDER_OF_NODE_MODULES
//
// Prints its control port. Each control connection is one SMSC; lines of JSON go in both directions, and the SMSC
// ends with its connection.
//
//   {"do": "open", "tls": false}             -> {"on": "open", "port": 2775, "ca": "PEM"}
//   {"do": "plan", "plan": {...}}            what comes next; see `calm`
//   {"do": "deliver", "tag": "a", "as": "deliver_sm", "pdu": {...}}   octets in hex
//                                            -> {"on": "delivered", "tag": "a", "status": 0}, or "undelivered"
//   {"do": "raw", "hex": "00"}               any octets, to whoever is bound
//   {"do": "drop"}, {"do": "unbind"}         whoever is bound
//   {"do": "down"}, {"do": "up"}             the door, and whoever is inside
//
// What it tells besides: "bind", "submit", "enquire_link", "nack", "gone".
const { createRequire } = require("node:module");
const net = require("node:net");
const readline = require("node:readline");
const certificate = require("./certificate.js");

const smpp = createRequire(`${process.argv[2]}/node_modules/`)("smpp");

const read = smpp.PDU.prototype.fromBuffer;
smpp.PDU.prototype.fromBuffer = function (octets) {
  this.raw = octets.toString("hex"); // as it came, beside what the library makes of it
  return read.call(this, octets);
};

const calm = {
  bind: 0, // the status that answers a bind, or "mute"
  deaf: false, // answers no enquire_link
  submits: [], // a step for each submission, then `submit`
  submit: {}, // status, mute, drop, after (ms), receipt: {state, before, after (ms), bare, parameters}
  first: 0x1000a0, // the number of the first SMS
  taken: "decimal", // how its number is written in the answer: decimal, hex, HEX, padded
  told: "decimal", // ... and in a receipt
};
const written = {
  decimal: (number) => `${number}`,
  hex: (number) => number.toString(16),
  HEX: (number) => number.toString(16).toUpperCase(),
  padded: (number) => `${number}`.padStart(10, "0"),
};
const modes = ["bind_transceiver", "bind_transmitter", "bind_receiver"];
const states = { DELIVRD: 2, EXPIRED: 3, UNDELIV: 5, ACCEPTD: 6, REJECTD: 8 };

class Smsc {
  constructor(tell) {
    this.tell = tell;
    this.plan = { ...calm };
    this.number = 0;
    this.bound = new Map(); // session -> how it is bound
    this.inside = new Set();
  }

  open({ tls = false }) {
    const options = tls ? certificate.make() : {};
    this.server = smpp.createServer(options, (session) => this.enter(session));
    this.server.on("tlsClientError", () => {});
    this.server.listen(0, "127.0.0.1", () => {
      this.port = this.server.address().port;
      this.tell({ on: "open", port: this.port, ca: options.cert ?? "" });
    });
  }

  enter(session) {
    this.inside.add(session);
    session.socket.setNoDelay(true);
    session.on("error", () => session.destroy());
    session.on("close", () => {
      this.inside.delete(session);
      if (this.bound.delete(session)) this.tell({ on: "gone" });
    });
    for (const mode of modes) session.on(mode, (pdu) => this.bind(session, mode, pdu));
    session.on("submit_sm", (pdu) => this.submit(session, pdu));
    session.on("enquire_link", (pdu) => {
      this.tell({ on: "enquire_link" });
      if (!this.plan.deaf) session.send(pdu.response());
    });
    session.on("unbind", (pdu) => {
      session.send(pdu.response());
      session.close();
    });
    session.on("generic_nack", (pdu) => this.tell({ on: "nack", status: pdu.command_status }));
  }

  bind(session, mode, pdu) {
    this.tell({ on: "bind", mode, ...pdu });
    if (this.plan.bind === "mute") return;
    const status = this.plan.bind || (pdu.password === "rahasia" ? 0 : smpp.ESME_RINVPASWD);
    session.send(pdu.response({ command_status: status, system_id: "SMSC" }));
    if (status) return session.close();
    this.bound.set(session, mode);
  }

  submit(session, pdu) {
    const step = this.plan.submits.shift() ?? this.plan.submit;
    const number = this.plan.first + this.number++;
    const { message = "", udh = [] } = pdu.short_message;
    const told = { ...pdu, message, udh: udh.map((one) => one.toString("hex")), at: Date.now(), number };
    this.tell({ on: "submit", ...told });
    if (step.drop) return session.destroy();
    const answer = () => {
      if (step.mute) return;
      const done = step.status ? { command_status: step.status } : { message_id: written[this.plan.taken](number) };
      session.send(pdu.response(done));
    };
    const receipt = () => step.receipt && this.report(pdu, number, step.receipt);
    const early = step.receipt?.before;
    if (early) receipt();
    setTimeout(answer, step.after ?? (early ? 80 : 0));
    if (!early && !step.status) setTimeout(receipt, (step.after ?? 0) + (step.receipt?.after ?? 5));
  }

  report(pdu, number, { state = "DELIVRD", parameters = false, bare = false, swapped = true, error = "000" }) {
    const id = written[this.plan.told](number);
    const words = `id:${id} sub:001 dlvrd:001 submit date:2611221000 done date:261122100005 stat:${state} err:${error} text:x`;
    const report = {
      source_addr: swapped ? pdu.destination_addr : pdu.source_addr,
      source_addr_ton: 1,
      destination_addr: swapped ? pdu.source_addr : pdu.destination_addr,
      esm_class: bare ? 0 : 4,
      short_message: Buffer.from(parameters ? "" : words),
    };
    if (parameters) Object.assign(report, { receipted_message_id: id, message_state: states[state] });
    this.deliver({ tag: "receipt", pdu: report });
  }

  deliver({ tag, as = "deliver_sm", pdu }) {
    const session = [...this.bound].filter(([, mode]) => mode !== "bind_transmitter").at(-1)?.[0];
    if (!session) return this.tell({ on: "undelivered", tag });
    const octets = { ...pdu };
    for (const name of ["short_message", "message_payload"])
      if (typeof octets[name] === "string") octets[name] = Buffer.from(octets[name], "hex");
    const began = Date.now();
    session[as](octets, (answer) =>
      this.tell({ on: "delivered", tag, status: answer.command_status, as: answer.command, ms: Date.now() - began }),
    );
  }

  raw({ hex }) {
    for (const session of this.bound.keys()) session.socket.write(Buffer.from(hex, "hex"));
  }

  drop() {
    for (const session of this.inside) session.destroy();
  }

  unbind() {
    for (const session of this.bound.keys()) session.unbind();
  }

  down() {
    this.server.close(() => this.tell({ on: "down" }));
    this.drop();
  }

  up() {
    this.server.listen(this.port, "127.0.0.1", () => this.tell({ on: "up" }));
  }

  set({ plan }) {
    this.plan = { ...calm, ...plan };
    this.number = 0;
    this.tell({ on: "plan" });
  }
}

const control = net.createServer((socket) => {
  const smsc = new Smsc((event) => socket.writable && socket.write(`${JSON.stringify(event)}\n`));
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("close", () => {
    smsc.server?.close();
    smsc.drop();
  });
  const lines = readline.createInterface({ input: socket });
  lines.on("error", () => {}); // whoever tests may leave without a word
  lines.on("line", (line) => {
    const order = JSON.parse(line);
    smsc[order.do === "plan" ? "set" : order.do](order);
  });
});
control.listen(0, "127.0.0.1", () => console.log(control.address().port));
process.stdin.on("end", () => process.exit()).resume(); // it ends with whoever started it
