// usage: SOCKET=PATH node unix-server.mjs
//
// A WebSocket server at a Unix socket, which greets with "hello".

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer();
new WebSocketServer({ server }).on('connection', (socket) => socket.send('hello'));
server.listen(process.env.SOCKET);
