// usage: node socketio-client.mjs URL [OPTIONS]
//
// A Socket.IO client with its default options (long-polling first, then an upgrade), or with these.
//
// events: connected{transport}; upgraded{transport}; said{text}; failed{message}; disconnected{reason}
// commands: say{text}

import { io } from 'socket.io-client';
import { obey, report } from './json-lines.mjs';

const [url, options = '{}'] = process.argv.slice(2);
const socket = io(url, JSON.parse(options));
socket.on('connect', () => {
  report('connected', { transport: socket.io.engine.transport.name });
  socket.io.engine.once('upgrade', (transport) => report('upgraded', { transport: transport.name }));
});
socket.on('connect_error', (error) => report('failed', { message: error.message }));
socket.on('disconnect', (reason) => report('disconnected', { reason }));
socket.on('said', (text) => report('said', { text }));

obey({ say: ({ text }) => socket.emit('say', text) }, () => socket.close());
