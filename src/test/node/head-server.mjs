// usage: node head-server.mjs PORT
//
// A WebSocket server that sends each client, as its first message, the headers with which it came: a JSON list of [name, value].

import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), perMessageDeflate: false });
server.on('connection', (socket, request) => {
  const pairs = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    pairs.push([request.rawHeaders[i].toLowerCase(), request.rawHeaders[i + 1]]);
  }
  socket.send(JSON.stringify([['path', request.url], ...pairs]));
});
