// usage: node echo.mjs PORT
//
// Echoes what it gets, compressed if that is agreed on. A text "close CODE REASON" has it close so, "drop" break off.

import { WebSocketServer } from 'ws';

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  perMessageDeflate: { threshold: 0 },
  maxPayload: 0,
});

server.on('connection', (socket) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => {
    const [command, code, reason] = binary || data.length > 200 ? [] : data.toString().split(' ');
    if (command === 'close') socket.close(Number(code), reason);
    else if (command === 'drop') socket.terminate();
    else socket.send(data, { binary });
  });
});
