// A Socket.IO server as its documentation begins with, on HOST:PORT; answers 'say' with 'said', and a plain GET with a page.

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<p>page'));
new Server(http).on('connection', (socket) => {
  socket.on('say', (text) => socket.emit('said', `${text} by ${socket.conn.transport.name}`));
});
http.listen(Number(process.env.PORT), process.env.HOST);
process.on('SIGTERM', () => process.exit(0));
