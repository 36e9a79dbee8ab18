// A stand-in for an ASP.NET Core SignalR hub at /hub on HOST:PORT: negotiation by POST, then WebSocket or server-sent events, whichever of
// TRANSPORT is offered. Echo(text) returns it. The JSON protocol ends messages with 0x1e.

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const END = '\u001e';
const transports = { WebSockets: ['Text'], ServerSentEvents: ['Text'] };
const offered = process.env.TRANSPORT ?? 'WebSockets';
const streams = new Map();

function answer(text, send) {
  for (const part of text.split(END).filter(Boolean)) {
    const message = JSON.parse(part);
    if (message.protocol) send(`{}${END}`);
    if (message.type === 1) send(JSON.stringify({ type: 3, invocationId: message.invocationId, result: message.arguments[0] }) + END);
  }
}

const http = createServer((request, response) => {
  const url = new URL(request.url, 'http://hub');
  const id = url.searchParams.get('id');
  if (url.pathname === '/hub/negotiate') {
    const availableTransports = [{ transport: offered, transferFormats: transports[offered] }];
    const body = { negotiateVersion: 1, connectionId: 'c', connectionToken: `t${Math.random()}`, availableTransports };
    request.resume().on('end', () => response.end(JSON.stringify(body)));
  } else if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(':\r\n');
    streams.set(id, response);
  } else if (request.method === 'POST') {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      response.end();
      answer(text, (message) => streams.get(id).write(`data: ${message}\r\n\r\n`));
    });
  } else {
    response.end();
  }
});
new WebSocketServer({ server: http, path: '/hub' }).on('connection', (socket) => {
  socket.on('message', (data) => answer(data.toString(), (message) => socket.send(message)));
});
http.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
