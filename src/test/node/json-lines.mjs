// The protocol between a Java test and a client that it runs as a child process.
//
// stdout: one JSON object per line, {"t": <ms since the process started>, "event": <name>, ...}.
// stdin:  one JSON object per line, {"cmd": <name>, ...}. Its end ends the process with exit code 0.
//
// A command that cannot be carried out is a mistake in the test: reason on stderr, exit code 2.

import { createInterface } from 'node:readline';

const BODY_LIMIT = 64 * 1024;

export function report(event, fields = {}) {
  process.stdout.write(JSON.stringify({ t: Math.round(performance.now()), event, ...fields }) + '\n');
}

export function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(2);
}

/** Runs `handlers[cmd](command)` for each line of stdin, and `leave()`, which may take its time, before the process exits at its end. */
export function obey(handlers, leave) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    try {
      const command = JSON.parse(line);
      if (!Object.hasOwn(handlers, command.cmd)) fail(`unknown command: ${line}`);
      handlers[command.cmd](command);
    } catch (error) {
      fail(`${line}: ${error.stack}`);
    }
  });
  lines.on('close', async () => {
    await leave();
    process.exit(0);
  });
}

/** Reports an upgrade that was answered with anything but 101 as `socket-refused`, then lets the socket fail as in a browser. */
export function reportRefusal(socket) {
  socket.on('unexpected-response', (_request, response) => {
    const chunks = [];
    let length = 0;
    response.on('data', (chunk) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) chunks.push(chunk);
    });
    response.on('error', () => {}); // 'close' follows and reports what came
    response.on('close', () => {
      report('socket-refused', {
        status: response.statusCode,
        headers: response.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        complete: response.complete,
      });
      socket.terminate();
    });
  });
}
