// usage: node ws-client.mjs URL [OPTIONS]
//
// A plain WebSocket client. OPTIONS is a JSON object, every field optional:
//   {"protocols": ["a", "b"], "origin": "http://localhost", "headers": {"X-Any": "thing"}, "perMessageDeflate": true,
//    "autoPong": true, "handshakeTimeout": <ms>, "maxPayload": <bytes>}
// perMessageDeflate is on by default, as in browsers, and compresses messages of any size.
//
// events: socket-connecting{url}; socket-upgrade{status, headers}; socket-open{protocol, extensions};
//   socket-refused{status, headers, body, complete}; socket-error{code, message}; socket-close{code, reason};
//   message{bytes, text | base64 | sha256 (above 64 KiB)}; socket-ping{base64}; socket-pong{base64};
//   sent{bytes, buffered} when a message has been handed to the kernel
//
// commands (payload: "text": s | "base64": s | "fill": n, which is n bytes of "x"; nothing is empty):
//   send{payload, binary?, fin?, compress?}; ping{payload}; pong{payload}; close{code?, reason?};
//   terminate (FIN without a close frame); reset (RST); pause, resume (reading from the socket)

import { createHash } from 'node:crypto';
import WebSocket from 'ws';
import { fail, obey, report, reportRefusal } from './json-lines.mjs';

const PAYLOAD_SHOWN = 64 * 1024;

const [url, json = '{}', ...rest] = process.argv.slice(2);
if (!url || rest.length > 0) fail('usage: ws-client.mjs URL [OPTIONS]');
const { protocols = [], perMessageDeflate = true, ...options } = JSON.parse(json);

const socket = new WebSocket(url, protocols, { ...options, perMessageDeflate: perMessageDeflate && { threshold: 0 } });
report('socket-connecting', { url });
reportRefusal(socket);

socket.on('upgrade', (response) => report('socket-upgrade', { status: response.statusCode, headers: response.headers }));
socket.on('open', () => report('socket-open', { protocol: socket.protocol, extensions: socket.extensions }));
socket.on('error', (error) => report('socket-error', { code: error.code, message: error.message }));
socket.on('close', (code, reason) => report('socket-close', { code, reason: reason.toString() }));
socket.on('message', (data, isBinary) => report('message', { bytes: data.length, ...shown(data, isBinary) }));
socket.on('ping', (data) => report('socket-ping', { base64: data.toString('base64') }));
socket.on('pong', (data) => report('socket-pong', { base64: data.toString('base64') }));

obey(
  {
    send: ({ binary, fin = true, compress = true, ...rest }) => {
      const data = payload(rest);
      socket.send(data, { binary: binary ?? 'base64' in rest, fin, compress }, (error) => {
        if (error) report('socket-error', { code: error.code, message: error.message });
        else report('sent', { bytes: data.length, buffered: socket.bufferedAmount });
      });
    },
    ping: (command) => socket.ping(payload(command)),
    pong: (command) => socket.pong(payload(command)),
    close: ({ code, reason }) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    reset: () => socket._socket.resetAndDestroy(), // ws has no public access to it
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  },
  () => socket.terminate(),
);

function payload({ text, base64, fill }) {
  if (text !== undefined) return Buffer.from(text);
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return Buffer.alloc(fill ?? 0, 'x');
}

function shown(data, isBinary) {
  if (data.length > PAYLOAD_SHOWN) return { sha256: createHash('sha256').update(data).digest('hex') };
  return isBinary ? { base64: data.toString('base64') } : { text: data.toString() };
}
