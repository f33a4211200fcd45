/** The names of the sample's hosts, and a server that answers for them: A, AAAA and CNAME, and what is not there. */
import { createSocket } from 'node:dgram';

const TYPES = { A: 1, CNAME: 5, AAAA: 28 };
const TTL = 300;
const NXDOMAIN = 3;

/** Name → type → value. */
const ZONE = new Map([
  ['www.shop.example', { A: '192.0.2.10', AAAA: '2001:db8::10' }],
  ['shop.example', { CNAME: 'www.shop.example' }],
  ['db.shop.example', { A: '192.0.2.10' }],
]);
/** Is never answered. */
const SILENT = 'silent.example';

function labels(name) {
  const parts = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function groups(address) {
  const [head, tail = ''] = address.split('::');
  const [before, after] = [head, tail].map((text) => text.split(':').filter(Boolean));
  return [...before, ...Array(8 - before.length - after.length).fill('0'), ...after].map((group) =>
    Number.parseInt(group, 16),
  );
}

function value(type, text) {
  if (type === 'A') return Buffer.from(text.split('.').map(Number));
  if (type === 'CNAME') return labels(text);
  return Buffer.concat(groups(text).map((group) => Buffer.from([group >> 8, group & 0xff])));
}

function record(name, type, text) {
  const data = value(type, text);
  const head = Buffer.alloc(10);
  head.writeUInt16BE(TYPES[type], 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(TTL, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([labels(name), head, data]);
}

/** The question of a query: its name, its type, and where it ends. */
function question(query) {
  let at = 12;
  const found = [];
  while (query[at] !== 0) {
    found.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    at += query[at] + 1;
  }
  return { name: found.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answer(query) {
  const { name, type, end } = question(query);
  if (name === SILENT) return null;
  const records = [];
  let at = name;
  for (let known = ZONE.get(at); known !== undefined; known = ZONE.get(at)) {
    if (known.CNAME === undefined) {
      const kind = Object.keys(known).find((each) => TYPES[each] === type);
      if (kind !== undefined) records.push(record(at, kind, known[kind]));
      break;
    }
    records.push(record(at, 'CNAME', known.CNAME));
    at = known.CNAME;
  }
  const said = Buffer.from(query.subarray(0, end));
  said.writeUInt16BE(0x8580 | (ZONE.has(name) ? 0 : NXDOMAIN), 2);
  said.writeUInt16BE(records.length, 6);
  said.writeUInt32BE(0, 8);
  return Buffer.concat([said, ...records]);
}

/** Serves them at an address. */
export function serveNames(address) {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const said = answer(query);
    if (said !== null) socket.send(said, from.port, from.address);
  });
  socket.bind(53, address);
}
