// usage: node ws-server.mjs PORT
//
// A WebSocket server that compresses (permessage-deflate), speaks any subprotocol that it is offered, echoes what it gets, and never
// stops sending: fragmented messages of 1 MiB, one after the other, each beginning with its number.

import { randomBytes } from 'node:crypto';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  perMessageDeflate: { threshold: 0 },
});

const noise = randomBytes(256 * 1024);

server.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  let part = 0;
  const next = () => {
    if (socket.readyState !== socket.OPEN) return;
    const first = part % 4 === 0;
    const number = Buffer.from(String(part / 4).padStart(8, '0'));
    const data = first ? Buffer.concat([number, noise]) : noise;
    socket.send(data, { binary: true, fin: part++ % 4 === 3 }, () => setTimeout(next, 1));
  };
  next();
});
