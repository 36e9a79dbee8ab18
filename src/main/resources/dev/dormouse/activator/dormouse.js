// Tells a page why its Action Cable is away, brings it back sooner than @rails/actioncable alone, and polls a URL of the app meanwhile.
//
//   import { watch } from '/dormouse.js';
//   const watched = watch(consumer, { poll: '/scores.json' });
//
// An ES module without dependencies. A classic script uses it through `import('/dormouse.js').then(({ watch }) => ...)`.
//
// watch(consumer, options)   consumer: createConsumer() of @rails/actioncable, version 6 or newer
//   statusUrl   what to ask; by default the consumer's own URL with the query ?dormouse=status
//   poll        a URL of the app to GET while sockets cannot be had; none by default
//   pollEvery   ms between two polls, default 10000
//   pollAfter   ms without a socket before the first, default 3000; at once if it is known that none can be had
//   target      where events are dispatched, default document
// returns an object with `state`, the detail of the last dormouse:state, and `stop()`.
//
// event dormouse:state, when something of its detail has changed:
//   state     connected | waking: it can be had, a socket is on its way | away: it cannot, see reason and retryAt |
//             unreachable: nobody answered | idle: the consumer does not want a socket
//   phase, reason   of the service, as in its status: Dormant, Waking, ...; StartFailed, Disabled, ...
//   retryAt   a Date by this browser's clock, if a next try is known
//   polling   whether `poll` is being polled
// event dormouse:poll: detail { data }, the JSON or else the text of an answer.
//
// Asking is no demand: it starts nothing and keeps nothing awake. A page that nobody sees does not ask.

const SOON_MS = 1_000;
const SELDOM_MS = 10_000;
const PATIENCE_MS = 5_000;

export function watch(consumer, options = {}) {
  return new Watch(consumer, options);
}

class Watch {
  state = { state: 'idle', polling: false };
  #consumer;
  #options;
  #timer;
  #stopped = false;
  #looking = false;
  #socket; // the last open one
  #lostAt; // since when there has been none
  #tries = 0; // to connect, since the last success
  #tryAt = 0;
  #silences = 0; // in a row
  #pollTimer;

  constructor(consumer, { statusUrl = statusUrlOf(consumer), poll, pollEvery = 10_000, pollAfter = 3_000, target = document }) {
    this.#consumer = consumer;
    this.#options = { statusUrl, poll, pollEvery, pollAfter, target };
    document.addEventListener('visibilitychange', this.#look);
    this.#look();
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#pollTimer);
    document.removeEventListener('visibilitychange', this.#look);
  }

  #look = async () => {
    if (this.#looking || this.#stopped) return;
    this.#looking = true;
    clearTimeout(this.#timer);
    try {
      const pause = await this.#lookOnce();
      if (!this.#stopped) this.#timer = setTimeout(this.#look, pause);
    } finally {
      this.#looking = false;
    }
  };

  /** Returns after how many ms to look again. */
  async #lookOnce() {
    if (this.#isOpen()) return this.#connected();
    if (!this.#isWanted()) {
      this.#tell({ state: 'idle' });
      return SOON_MS;
    }
    this.#lostAt ??= Date.now();
    if (document.visibilityState === 'hidden') return SOON_MS;
    const status = await this.#ask();
    if (this.#isOpen()) return this.#connected();
    if (this.#stopped || !this.#isWanted()) return SOON_MS;
    return status ? this.#known(status) : this.#unknown();
  }

  #connected() {
    const { webSocket } = this.#consumer.connection;
    if (webSocket !== this.#socket) {
      this.#socket = webSocket;
      webSocket.addEventListener('close', this.#look, { once: true });
    }
    this.#lostAt = undefined;
    this.#tries = 0;
    this.#tryAt = 0;
    this.#silences = 0;
    this.#tell({ state: 'connected' });
    return PATIENCE_MS;
  }

  #known({ phase, ready, reason, retryInMs }) {
    this.#silences = 0;
    // Elsewhere may well serve it; this region cannot tell.
    if (ready || reason === 'ServedElsewhere') {
      this.#tell({ state: 'waking', phase, reason });
      return this.#connect();
    }
    this.#tries = 0;
    const retryAt = retryInMs === undefined ? undefined : new Date(Date.now() + retryInMs);
    this.#tell({ state: 'away', phase, reason, retryAt });
    return Math.min(Math.max(retryInMs ?? PATIENCE_MS, SOON_MS), SELDOM_MS);
  }

  #unknown() {
    this.#tries = 0;
    this.#tell({ state: 'unreachable' });
    return Math.min(SOON_MS * 2 ** this.#silences++, SELDOM_MS);
  }

  /** Of many pages that lost the same server not all come in one moment, nor the same one again and again. */
  #connect() {
    if (this.#consumer.connection.isActive()) return SOON_MS;
    const now = Date.now();
    if (this.#tries === 0) {
      this.#tries = 1;
      this.#tryAt = now + Math.random() * SOON_MS;
    }
    if (now < this.#tryAt) return this.#tryAt - now;
    this.#tryAt = now + Math.min(SOON_MS * 2 ** this.#tries++, SELDOM_MS) * (1 + Math.random() / 2);
    this.#consumer.connect();
    return SOON_MS / 4;
  }

  async #ask() {
    try {
      const answer = await fetch(this.#options.statusUrl, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
      return answer.ok ? await answer.json() : undefined;
    } catch {
      return undefined;
    }
  }

  #isOpen() {
    return this.#consumer.connection.isOpen();
  }

  /** False once the app, or the server with reconnect: false, has ended it. */
  #isWanted() {
    return Boolean(this.#consumer.connection.monitor.isRunning());
  }

  #tell(detail) {
    const polling = this.#poll(detail.state);
    const next = { ...detail, polling };
    const moved = Math.abs((next.retryAt ?? 0) - (this.state.retryAt ?? 0)) > SOON_MS;
    const same = ['state', 'phase', 'reason', 'polling'].every((key) => next[key] === this.state[key]);
    if (same && !moved) return;
    this.state = next;
    this.#dispatch('dormouse:state', next);
  }

  /** Begins or ends polling; returns whether it goes on. */
  #poll(state) {
    const { poll, pollAfter } = this.#options;
    const hopeless = state === 'away' || state === 'unreachable';
    const due = poll && (hopeless || (state === 'waking' && Date.now() - this.#lostAt >= pollAfter));
    if (due && this.#pollTimer === undefined) {
      this.#pollTimer = setTimeout(this.#pollOnce, 0);
    } else if (!due) {
      clearTimeout(this.#pollTimer);
      this.#pollTimer = undefined;
    }
    return Boolean(due);
  }

  #pollOnce = async () => {
    const turn = this.#pollTimer;
    if (document.visibilityState !== 'hidden') {
      try {
        const answer = await fetch(this.#options.poll, { signal: AbortSignal.timeout(this.#options.pollEvery) });
        const json = answer.headers.get('Content-Type')?.includes('json');
        const data = answer.ok ? await (json ? answer.json() : answer.text()) : undefined;
        if (data !== undefined && turn === this.#pollTimer && !this.#stopped) this.#dispatch('dormouse:poll', { data });
      } catch {
        // The next one may succeed.
      }
    }
    if (turn === this.#pollTimer && !this.#stopped) this.#pollTimer = setTimeout(this.#pollOnce, this.#options.pollEvery);
  };

  #dispatch(type, detail) {
    this.#options.target.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function statusUrlOf(consumer) {
  const url = new URL(consumer.url, document.baseURI);
  url.protocol = url.protocol.replace('ws', 'http');
  url.search = '?dormouse=status';
  url.hash = '';
  return url.href;
}
