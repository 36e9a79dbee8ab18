// Chromium, driven by a Java test through json-lines.mjs: one command after the other, each answered by `done` or `failed`.
// A page is known by the name that `open` gave it.

import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { fail, obey, report } from './json-lines.mjs';

const PATIENCE_MS = 30_000;
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const profile = mkdtempSync(join(tmpdir(), 'dormouse-chromium-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: onPath('chromium'),
  args: FLAGS,
  timezoneId: 'UTC',
  locale: 'en-GB',
});
const pages = new Map();
let queue = Promise.resolve();
report('browser', { version: context.browser()?.version() ?? '' });

const actions = {
  open: async ({ page, url, width = 1280, height = 900, scheme = 'light' }) => {
    const opened = await context.newPage();
    pages.set(page, opened);
    opened.setDefaultTimeout(PATIENCE_MS);
    opened.on('pageerror', (error) => report('page-error', { page, message: error.message }));
    opened.on('console', (line) => {
      if (line.type() === 'error') report('page-error', { page, message: line.text() });
    });
    await opened.emulateMedia({ colorScheme: scheme });
    await opened.setViewportSize({ width, height });
    await opened.goto(url, { waitUntil: 'domcontentloaded' });
  },
  click: ({ page, selector }) => pages.get(page).locator(selector).click(),
  fill: ({ page, selector, text }) => pages.get(page).locator(selector).fill(text),
  see: ({ page, selector, text }) =>
    pages.get(page).locator(selector).filter({ hasText: new RegExp(text) }).first().waitFor({ state: 'visible' }),
  shot: async ({ page, file }) => {
    mkdirSync(dirname(file), { recursive: true });
    await pages.get(page).screenshot({ path: file, fullPage: true });
  },
  close: ({ page }) => pages.get(page).close({ runBeforeUnload: true }),
};

obey(
  Object.fromEntries(
    Object.entries(actions).map(([name, act]) => [
      name,
      ({ n, ...rest }) => {
        queue = queue
          .then(() => act(rest))
          .then(
            () => report('done', { n }),
            (error) => report('failed', { n, message: error.message }),
          );
      },
    ]),
  ),
  async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  },
);

function onPath(name) {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    try {
      const file = join(directory, name);
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // the next one
    }
  }
  return fail(`no ${name} on the PATH`);
}
