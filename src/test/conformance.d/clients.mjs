// usage: node clients.mjs LIBRARY PORT
//
// What a client library sees of the echo server, one observation a line.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [library, port] = process.argv.slice(2);
const Socket = {
  ws: () => require('ws').WebSocket,
  undici: () => require('undici').WebSocket,
  'faye-websocket': () => require('faye-websocket').Client,
  websocket: () => require('websocket').w3cwebsocket,
}[library]();

const LIMIT_MS = 60000;

function open(protocols) {
  const socket = new Socket(`ws://127.0.0.1:${port}/echo`, protocols);
  const messages = [];
  let wake = () => {};
  socket.binaryType = 'arraybuffer';
  const opened = new Promise((done) => (socket.onopen = () => done()));
  const closed = new Promise((done) => (socket.onclose = (it) => done(`${it.code} ${JSON.stringify(it.reason)}`)));
  socket.onerror = () => {};
  socket.onmessage = (it) => {
    messages.push(it.data);
    wake();
  };
  const next = async () => {
    while (!messages.length) await new Promise((done) => (wake = done));
    return messages.shift();
  };
  return { socket, opened, closed, next };
}

const kind = (it) => (typeof it === 'string' ? `text ${it.length}` : `binary ${it.byteLength ?? it.length}`);

setTimeout(() => {
  console.log('nothing more came');
  process.exit(3);
}, LIMIT_MS).unref();

const { socket, opened, closed, next } = open(['chat', 'other']);
await opened;
console.log('protocol', socket.protocol);
const first = library === 'websocket' ? [] : ['']; // it never tells of an empty message
for (const data of [...first, 'hello', 'ü'.repeat(1000), 'x'.repeat(1 << 20), new Uint8Array(5), new Uint8Array(1 << 20)]) {
  const sent = typeof data === 'string' || library !== 'faye-websocket' ? data : Buffer.from(data);
  socket.send(sent);
  console.log('echo', kind(await next()));
}
for (let i = 0; i < 1000; i++) socket.send(`message ${i}`);
let inOrder = true;
for (let i = 0; i < 1000; i++) inOrder &&= (await next()) === `message ${i}`;
console.log('in order', inOrder);
socket.close(1000, 'done');
console.log('closed', await closed);

for (const command of ['close 1000 fine', 'close 1001 away', 'close 1011 trouble', 'close 3000 ours', 'close 4321 own', 'drop']) {
  const it = open();
  await it.opened;
  it.socket.send(command);
  console.log(command, await it.closed);
}
for (const code of [1000, 3000, 4999]) {
  const it = open();
  await it.opened;
  it.socket.close(code, 'bye');
  console.log('own close', code, await it.closed);
}
process.exit(0);
