// usage: node cable-client.mjs URL
//
// The consumer of @rails/actioncable, unchanged, in Node instead of a browser: the sockets are those of ws, and `document` and the
// visibility event of the page are stand-ins.
//
// environment:
//   ORIGIN             Origin header of the upgrades; default: the URL's own host
//   RECONNECT_SECONDS  how long a client without an open socket waits before it tries again, in place of the 6 s from which the
//                      ConnectionMonitor computes its poll interval and its staleness; back-off and jitter stay
//   STALE_SECONDS      after how long without a message an open socket is given up, default 6; above 3 (the server's ping interval)
//   CABLE_LOG=1        the client's own log on stderr
//
// events: socket-connecting{url}; socket-open{protocol, extensions}; socket-refused{status, headers, body, complete};
//   socket-error{code, message}; socket-close{code, reason}; socket-ping{base64} (the WebSocket's own);
//   cable-welcome; cable-ping{message}; cable-disconnect{reason, reconnect};
//   and for each subscription, by its name: connected{as, reconnected}; disconnected{as, willAttemptReconnect};
//   received{as, message}; rejected{as}
//
// commands ("as" names a subscription, default "default"):
//   connect (a subscribe connects, too); subscribe{channel, params?, as?}; unsubscribe{as?}; perform{action, data?, as?};
//   visible (the page comes back to the foreground, which makes the client reconnect at once); close (for good)

import ActionCable from '@rails/actioncable';
import WebSocket from 'ws';
import { fail, obey, report, reportRefusal } from './json-lines.mjs';

const [url, ...rest] = process.argv.slice(2);
if (!url || rest.length > 0) fail('usage: cable-client.mjs URL');

const origin = process.env.ORIGIN ?? new URL(url).origin.replace(/^ws/, 'http');
const staleSeconds = Number(process.env.STALE_SECONDS ?? 6);
const reconnectSeconds = Number(process.env.RECONNECT_SECONDS ?? 6);

const page = new EventTarget();
globalThis.document = { visibilityState: 'visible' };
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);

class ReportingWebSocket extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { origin });
    report('socket-connecting', { url });
    reportRefusal(this);
    this.on('open', () => report('socket-open', { protocol: this.protocol, extensions: this.extensions }));
    this.on('error', (error) => report('socket-error', { code: error.code, message: error.message }));
    this.on('close', (code, reason) => report('socket-close', { code, reason: reason.toString() }));
    this.on('ping', (data) => report('socket-ping', { base64: data.toString('base64') }));
    this.on('message', (data) => {
      const { type, message, reason, reconnect } = JSON.parse(data);
      if (['welcome', 'ping', 'disconnect'].includes(type)) report(`cable-${type}`, { message, reason, reconnect });
    });
  }
}

ActionCable.adapters.WebSocket = ReportingWebSocket;
ActionCable.adapters.logger = { log: (...words) => console.error(...words) };
ActionCable.logger.enabled = process.env.CABLE_LOG === '1';

const consumer = ActionCable.createConsumer(url);
const subscriptions = new Map();
if (process.env.RECONNECT_SECONDS || process.env.STALE_SECONDS) setMonitorTimes(consumer.connection);

obey(
  {
    connect: () => consumer.connect(),
    subscribe: ({ channel, params, as = 'default' }) => {
      if (subscriptions.has(as)) throw new Error(`there is a subscription ${as}`);
      subscriptions.set(as, consumer.subscriptions.create({ channel, ...params }, {
        connected: ({ reconnected }) => report('connected', { as, reconnected }),
        disconnected: ({ willAttemptReconnect }) => report('disconnected', { as, willAttemptReconnect }),
        received: (message) => report('received', { as, message }),
        rejected: () => report('rejected', { as }),
      }));
    },
    unsubscribe: ({ as = 'default' }) => {
      subscription(as).unsubscribe();
      subscriptions.delete(as);
    },
    perform: ({ action, data, as = 'default' }) => {
      if (!subscription(as).perform(action, data)) report('not-sent', { as, action });
    },
    visible: () => page.dispatchEvent(new Event('visibilitychange')),
    close: () => consumer.disconnect(),
  },
  () => consumer.disconnect(),
);

function subscription(as) {
  if (!subscriptions.has(as)) throw new Error(`no subscription ${as}`);
  return subscriptions.get(as);
}

// The monitor's one number, staleThreshold, decides how often it polls, how long an open socket may be silent, and how long it leaves
// a closed one alone. An open socket hears from its server every 3 s, so only the other two can be made short.
function setMonitorTimes(connection) {
  const monitor = connection.monitor;
  const { reconnectionBackoffRate } = monitor.constructor;
  const pollInterval = monitor.getPollInterval;
  monitor.getPollInterval = () => pollInterval.call({
    reconnectAttempts: monitor.reconnectAttempts,
    constructor: { staleThreshold: reconnectSeconds, reconnectionBackoffRate },
  });
  Object.defineProperty(monitor.constructor, 'staleThreshold', {
    get: () => (connection.isOpen() ? staleSeconds : reconnectSeconds),
  });
  // Between the open and the welcome the last message is as old as the interruption. The longer poll interval of the original makes
  // it improbable that a poll falls there; the shorter one does not.
  connection.events = {
    ...connection.events,
    open() {
      monitor.recordMessage();
      return Object.getPrototypeOf(connection).events.open.call(connection);
    },
  };
}
