/** The report of `strongroom evidence` in a real headless Chromium. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { catalogFiles } from '../../../cli/operators/evidence/catalog-files.ts';
import { gather } from '../../../cli/operators/evidence/gather.ts';
import { htmlReport } from '../../../cli/verbs/evidence/html/document.ts';
import { assess } from '../../../cli/verbs/evidence/report/assess.ts';
import { findChromium } from '../../../local/browser/chromium.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { EvidenceModel } from '../../_helpers/evidence-model.ts';

const installed = await findChromium({ onProgress: console.log });
if (!installed && process.env['CI']) throw new Error('There is no Chromium for this machine: set STRONGROOM_CHROMIUM');
if (!installed) console.log('Not run: there is no Chromium for this machine; name one in STRONGROOM_CHROMIUM');

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const now = new Date('2026-11-21T12:00:00Z');
const environment = exampleCatalog.environments[0]!;
const attack = '</style><script>document.title = "attacked"</script><img src="https://attacker.example/x">';
const longName = `arn:aws:iam::111122223333:role/${'a-very-long-name-'.repeat(12)}`;

/** A report with every verdict: what is met, gaps, what was not asked, and texts that attack or do not fit. */
const writeReport = async (folder: string): Promise<string> => {
  const hostile = {
    ...environment,
    breakGlass: [longName],
    applications: environment.applications.map((one) => ({ ...one, owner: attack })),
  };
  const aws = new EvidenceModel(hostile, now);
  aws.denied.add('trailSelectors').add('alarms');
  aws.status = { logging: false };
  aws.secrets.delete('dev/payments/orders-db');
  aws.rotation = { enabled: false };
  const live = await gather(
    aws,
    hostile,
    () => now,
    () => undefined,
  );
  const files = { ...catalogFiles(join(import.meta.dirname, '../../../catalog'), now, undefined), folder: attack };
  const report = assess(
    'pci-4.0.1',
    { environment: hostile, files, live, now },
    { version: '0.0.0', asked: { as: longName } },
  );
  const file = join(folder, 'report.html');
  await writeFile(file, htmlReport(report));
  return pathToFileURL(file).href;
};

describe.skipIf(!installed)('the report in Chromium', () => {
  let folder: string;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-evidence-'));
    address = await writeReport(folder);
    browser = await chromium.launch({
      executablePath: installed!.path,
      env: { ...(process.env as Record<string, string>), ...installed!.env },
      // The sandbox of Chromium refuses root, and the page is our own.
      args: ['--no-sandbox'],
      timeout: 300_000,
    });
  });

  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The page, and whatever it asked for, said or broke. */
  const open = async (
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; requests: string[]; said: string[] }> => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const requests: string[] = [];
    const said: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(address);
    return { page, requests, said };
  };

  it('asks for nothing, violates no policy, and runs nothing that the catalog says', async () => {
    const { page, requests, said } = await open();
    expect(requests).toEqual([address]);
    expect(said).toEqual([]);
    expect(await page.title()).toBe('Evidence: PCI DSS 4.0.1 (June 2024), dev');
    expect(await page.locator('script, img').count()).toBe(0);
    expect(await page.locator('body').textContent()).toContain(attack);
    // The policy admits the style.
    expect(await page.evaluate<string>('getComputedStyle(document.body).maxWidth')).toBe('1152px');
  });

  it.each(['light', 'dark'] as const)('has no serious problem that axe finds, in %s', async (colorScheme) => {
    const { page } = await open({ colorScheme });
    await page.evaluate(axe);
    const { violations, passes } = await page.evaluate(async () => {
      const { axe: loaded } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
      return await loaded.run();
    });
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    expect(passes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['color-contrast', 'landmark-one-main', 'heading-order', 'svg-img-alt']),
    );
  });

  it('shows every verdict by its word', async () => {
    const { page } = await open();
    const verdicts = await page.locator('#controls tbody tr > td .verdict').allTextContents();
    const words = verdicts.map((text) => text.trim().replace(/^\S+\s+/, ''));
    expect(new Set(words)).toEqual(new Set(['met', 'partly', 'gap', 'not asked', 'not covered']));
  });

  it('leads from the contents to each part, and from a control to its evidence', async () => {
    const { page } = await open();
    const links = await page.locator('a').all();
    const targets = await Promise.all(links.map(async (link) => (await link.getAttribute('href')) ?? ''));
    const ids = await page.evaluate<string[]>('[...document.querySelectorAll("[id]")].map(({ id }) => id)');
    const broken = targets.filter((target) => !ids.includes(target.slice(1)) || !target.startsWith('#'));
    expect(broken).toEqual([]);
    expect(await page.locator('nav a').count()).toBeGreaterThan(4);
  });

  it.each([390, 820, 1400])('is not wider than a window of %i pixels', async (width) => {
    const { page } = await open({ viewport: { width, height: 800 } });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  it('prints on pages of A4, with nothing cut', async () => {
    // A page of A4 without its margins, in CSS pixels.
    const width = Math.floor(((210 - 30) / 25.4) * 96);
    const { page } = await open({ viewport: { width, height: 1000 } });
    await page.emulateMedia({ media: 'print' });
    // What is inline, or not shown, has no width of its own.
    const cut = await page.evaluate<string[]>(
      `[...document.querySelectorAll('body, body *')]
        .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
        .map((one) => one.outerHTML.slice(0, 100))`,
    );
    expect(cut).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)!.length).toBeGreaterThan(3);
    // A4, in points.
    expect(pdf).toMatch(/\/MediaBox\s*\[0 0 59[45][.\d]* 84[12][.\d]*\]/);
    expect(await page.evaluate<string>('getComputedStyle(document.querySelector("thead")).display')).toBe(
      'table-header-group',
    );
  });
});
