// usage: node navigator.mjs CONFIG.json
//
// Stands in for Navigator: the same reading of reverse_proxies and managed_processes as its source of 2026-03-28 (internal/server/
// proxy.go, internal/process/manager.go), and none of the rest. The configuration is navigator.yml as JSON.
//
//   - A request is a WebSocket only if Connection is exactly "upgrade"; Firefox sends "keep-alive, Upgrade" and is relayed as HTTP.
//   - WebSocket: one dial, with Host of the target, every end-to-end header but the handshake's, then the route's headers, each set
//     once. Anything but a 101 is a 502. Whole messages are copied; close codes are not.
//   - HTTP: Host of the client, the route's headers set, then the peer appended to X-Forwarded-For.
//   - A managed process is ended with KILL at once, and started again 5 s after an exit that was no success.
//
// Prints one line for each 502 and each start and end of a managed process.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const config = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const routes = config.routes.reverse_proxies;
const upgrader = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  handleProtocols: (_, incoming) => incoming.chosenProtocol || false,
});
const HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailers',
  'transfer-encoding', 'upgrade']);
const HANDSHAKE = new Set(['sec-websocket-key', 'sec-websocket-accept', 'sec-websocket-version', 'sec-websocket-extensions']);

const say = (text) => process.stdout.write(`${text}\n`);

const pathOf = (incoming) => new URL(incoming.url, 'http://x').pathname;

function match(incoming) {
  const path = pathOf(incoming);
  return routes.find((it) => (it.path ? new RegExp(it.path).test(path) : it.prefix && path.startsWith(it.prefix)));
}

function substituted(route, incoming) {
  const groups = (route.path && new RegExp(route.path).exec(pathOf(incoming))) || [];
  return route.target.includes('$') ? route.target.replace(/\$(\d)/g, (whole, n) => groups[n] ?? whole) : route.target;
}

// The first hop of X-Forwarded-For is believed, whoever wrote it.
function variables(incoming, value) {
  const forwarded = incoming.headers['x-forwarded-for'];
  const client = forwarded ? forwarded.split(',')[0].trim() : incoming.socket.remoteAddress.replace('::ffff:', '');
  return value
    .replaceAll('$remote_addr', client)
    .replaceAll('$scheme', incoming.headers['x-forwarded-proto'] || 'http')
    .replaceAll('$host', incoming.headers.host);
}

function routeHeaders(route, incoming) {
  return Object.entries(route.headers ?? {}).map(([name, value]) => [name.toLowerCase(), variables(incoming, value)]);
}

function relayWebSocket(route, incoming, socket, head) {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => !HOP.has(name) && !HANDSHAKE.has(name) && name !== 'host'),
  );
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((it) => it.trim()).filter(Boolean);
  delete headers['sec-websocket-protocol'];
  Object.assign(headers, Object.fromEntries(routeHeaders(route, incoming)));
  const target = new URL(substituted(route, incoming));
  if (!route.target.includes('$')) target.pathname = pathOf(incoming);
  const backend = new WebSocket(`ws://${target.host}${target.pathname}${new URL(incoming.url, 'http://x').search}`, offered, {
    headers,
    perMessageDeflate: false,
    handshakeTimeout: 45_000,
  });
  const early = [];
  backend.on('message', (data, binary) => early.push([data, binary]));
  backend.once('error', (error) => {
    if (socket.destroyed) return;
    say(`502 ${incoming.url} ${error.message}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad Gateway\n');
  });
  backend.once('open', () => {
    incoming.chosenProtocol = backend.protocol;
    upgrader.handleUpgrade(incoming, socket, head, (client) => {
      backend.removeAllListeners('message');
      const copy = (to) => (data, binary) => to.send(data, { binary }, () => {});
      early.forEach(([data, binary]) => copy(client)(data, binary));
      backend.on('message', copy(client));
      client.on('message', copy(backend));
      for (const [one, other] of [[backend, client], [client, backend]]) {
        one.on('close', () => other.terminate());
        one.on('error', () => other.terminate());
      }
    });
  });
}

function relayHttp(route, incoming, answer) {
  const target = new URL(substituted(route, incoming));
  const headers = { ...incoming.headers, ...Object.fromEntries(routeHeaders(route, incoming)) };
  const peer = incoming.socket.remoteAddress.replace('::ffff:', '');
  headers['x-forwarded-for'] = headers['x-forwarded-for'] ? `${headers['x-forwarded-for']}, ${peer}` : peer;
  const path = target.pathname + new URL(incoming.url, 'http://x').search;
  const outgoing = httpRequest({ host: target.hostname, port: target.port, path, method: incoming.method, headers });
  outgoing.on('error', (error) => {
    say(`502 ${incoming.url} ${error.message}`);
    answer(502, { 'content-length': '12' }).end('Bad Gateway\n');
  });
  outgoing.on('response', (response) => response.pipe(answer(response.statusCode, response.headers)));
  outgoing.on('upgrade', (response, upstream, head) => {
    const lines = response.rawHeaders.map((it, i) => (i % 2 === 0 ? `${it}: ` : `${it}\r\n`)).join('');
    const { socket } = incoming;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`);
    socket.write(head);
    upstream.pipe(socket).pipe(upstream);
    for (const it of [socket, upstream]) it.on('error', () => [socket, upstream].forEach((end) => end.destroy()));
  });
  incoming.pipe(outgoing);
}

const rawAnswer = (socket) => (status, headers) => {
  const lines = Object.entries(headers).filter(([name]) => name !== 'connection').map(([n, v]) => `${n}: ${v}\r\n`).join('');
  socket.write(`HTTP/1.1 ${status} Told\r\n${lines}Connection: close\r\n\r\n`);
  return socket;
};

const server = createServer((incoming, outgoing) => {
  const route = match(incoming);
  if (!route) {
    outgoing.writeHead(404).end('Not Found\n');
    return;
  }
  relayHttp(route, incoming, (status, headers) => outgoing.writeHead(status, headers));
});

server.on('upgrade', (incoming, socket, head) => {
  socket.on('error', () => socket.destroy());
  const route = match(incoming);
  if (!route) {
    socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  } else if (route.websocket && incoming.headers.connection.toLowerCase() === 'upgrade') {
    relayWebSocket(route, incoming, socket, head);
  } else {
    relayHttp(route, incoming, rawAnswer(socket));
  }
});

let ending = false;
const running = new Set();

function start(managed) {
  const child = spawn(managed.command, managed.args ?? [], {
    cwd: managed.working_dir,
    env: { ...process.env, ...managed.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  running.add(child);
  say(`started ${managed.name} pid=${child.pid}`);
  child.on('exit', (code, signal) => {
    running.delete(child);
    say(`ended ${managed.name} ${code ?? signal}`);
    if (managed.auto_restart && code !== 0 && !ending) setTimeout(() => start(managed), 5000);
  });
}

process.on('SIGTERM', () => {
  ending = true;
  running.forEach((child) => child.kill('SIGKILL'));
  setTimeout(() => process.exit(0), 200);
});

config.managed_processes.forEach(start);
server.listen(config.server.listen, '127.0.0.1', () => say('navigator listens'));
