import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { run } from '../../../../cli/program.ts';
import { processHost } from '../../../../cli/terminal/host.ts';
import { claimNames } from '../../../../cli/verbs/evidence/claims/index.ts';
import { type FrameworkName, frameworkNames, frameworks } from '../../../../cli/verbs/evidence/frameworks/index.ts';
import { verdictOf } from '../../../../cli/verbs/evidence/report/assess.ts';
import { type Report, reportSchema } from '../../../../cli/verbs/evidence/report/report.ts';
import { loadCatalog } from '../../../../lib/catalog/index.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../../_helpers/catalog-folder.ts';
import { EvidenceModel } from '../../../_helpers/evidence-model.ts';

let catalog: string;
let folder: string;
let aws: EvidenceModel;

const files = {
  'organisation.yaml': organisationYaml,
  'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { strategy: single-user, admin: { managedBy: rds }, every: 7d }\n`,
};

const useCatalog = (given: Readonly<Record<string, string>>): void => {
  catalog = catalogFolder(given);
  const dev = loadCatalog(catalog, { today }).environments.find(({ name }) => name === 'dev')!;
  aws = new EvidenceModel(dev, today);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-evidence-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  useCatalog(files);
});

const evidence = async (framework: string, ...more: readonly string[]) => {
  let [stdout, stderr] = ['', ''];
  const args = ['evidence', '-e', 'dev', '-c', catalog, '--framework', framework, ...more];
  const output = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    env: {},
  };
  const host = { ...processHost(output, args), now: () => today };
  const exitCode = await run(args, host, { connectEvidence: () => Promise.resolve(aws) });
  return { exitCode, stdout, stderr };
};

const reportOf = async (framework: FrameworkName): Promise<Report> =>
  reportSchema.parse(JSON.parse((await evidence(framework, '--json')).stdout));
const html = () => join(folder, 'report.html');

describe('strongroom evidence', () => {
  it('writes one HTML file, and the same report as JSON beside it', async () => {
    const { exitCode, stdout } = await evidence('pci-4.0.1', '--out', html());
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Wrote ${html()}`);
    const report = reportSchema.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
    expect(report).toMatchObject({
      schema: 'strongroom-evidence/1',
      framework: { name: 'pci-4.0.1' },
      createdAt: today.toISOString(),
      environment: { name: 'dev', account: '111122223333', region: 'eu-west-1' },
      asked: { as: 'arn:aws:iam::111122223333:role/auditor' },
    });
    const text = readFileSync(html(), 'utf8');
    expect(text).toMatch(/^<!doctype html>/);
    for (const { number } of report.controls) expect(text).toContain(number);
  });

  it('prints the JSON document with --json, and writes no file', async () => {
    expect((await reportOf('soc2')).framework.name).toBe('soc2');
    expect(existsSync('evidence-soc2-dev.html')).toBe(false);
  });

  it('replaces no file without --force', async () => {
    writeFileSync(html(), 'mine');
    expect(await evidence('gdpr', '--out', html())).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--force') as string,
    });
    expect(readFileSync(html(), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'report.json'))).toBe(false);
    expect(await evidence('gdpr', '--out', html(), '--force')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(html(), 'utf8')).not.toBe('mine');
  });

  it('refuses a framework that it does not know, with the list', async () => {
    const { exitCode, stderr } = await evidence('pci-3.2.1');
    expect(exitCode).toBe(2);
    for (const name of frameworkNames) expect(stderr).toContain(name);
  });

  it('refuses a file that is not HTML, and a folder that is not there', async () => {
    expect(await evidence('gdpr', '--out', join(folder, 'report.pdf'))).toMatchObject({ exitCode: 2 });
    writeFileSync(join(folder, 'file'), '');
    expect(await evidence('gdpr', '--out', join(folder, 'file', 'a.html'))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('nothing was written') as string,
    });
  });

  it('refuses credentials of another account', async () => {
    aws.account = '999999999999';
    expect(await evidence('gdpr', '--json')).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining('account-mismatch') as string,
    });
  });

  it('writes what the catalog shows if there are no credentials, and calls nothing met that it did not see', async () => {
    aws.hasCredentials = false;
    const { exitCode, stdout } = await evidence('nist-800-53', '--out', html());
    expect(exitCode).toBe(0);
    expect(stdout).toContain('AWS was not asked: no valid AWS credentials');
    expect(stdout).toMatch(/could not be asked in full: .*AC-3/);
    const report = await reportOf('nist-800-53');
    expect(report.controls.find(({ number }) => number === 'AC-3')).toMatchObject({ verdict: 'not asked' });
    expect(report.claims.flatMap((claim) => claim.evidence).map(({ source }) => source)).not.toContain('aws');
    for (const control of report.controls.filter(({ verdict }) => verdict === 'met')) {
      const own = report.claims.filter(({ name }) => control.claims.includes(name));
      expect(own.flatMap((claim) => claim.notAsked)).toEqual([]);
    }
  });

  it('names the permission that AWS denied', async () => {
    aws.denied.add('keyRotation');
    const { claims } = await reportOf('iso27001');
    expect(claims.find(({ name }) => name === 'keys-rotate')?.notAsked[0]?.why).toContain('kms:GetKeyRotationStatus');
  });

  it('has the files of the catalog with their digests, and changes with each of them', async () => {
    const before = (await reportOf('gdpr')).catalog;
    expect(before.files.map(({ name }) => name)).toEqual(['organisation.yaml', 'payments.yaml']);
    useCatalog({ ...files, 'payments.yaml': `${files['payments.yaml']}# reviewed\n` });
    expect((await reportOf('gdpr')).catalog.sha256).not.toBe(before.sha256);
  });

  it('escapes what the catalog says', async () => {
    const attack = '</style></td><script>alert(1)</script><img src=x onerror="alert(2)">';
    const exception = `exception: { reason: '${attack}', approvedBy: security, until: 2027-01-31 }`;
    const yaml = `${files['payments.yaml']}  token:\n    class: api-key\n    value: supplied\n    readers: [api]\n    rotation: manual\n    ${exception}\n`;
    useCatalog({ ...files, 'payments.yaml': yaml });
    await evidence('pci-4.0.1', '--out', html());
    const text = readFileSync(html(), 'utf8');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toMatch(/<script|<img/);
  });

  it('needs no network and no script', async () => {
    await evidence('pci-4.0.1', '--out', html());
    const text = readFileSync(html(), 'utf8');
    expect(text).not.toMatch(/<(script|link|img|iframe|object|embed|form)\b|\b(src|srcset|on\w+)=|@import|url\(/);
    expect([...text.matchAll(/href="([^"]*)"/g)].map(([, target]) => target![0])).not.toContain('h');
    expect(text).toContain('default-src &#39;none&#39;');
  });
});

describe('a framework', () => {
  it.each(frameworkNames)('%s has every control once, and covers or disclaims each', (name) => {
    const { controls } = frameworks[name];
    const numbers = controls.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const { claims, part, yours } of controls) {
      expect(claims.length > 0 || yours !== undefined).toBe(true);
      expect(new Set(claims).size).toBe(claims.length);
      if (part) expect(yours).toBeDefined();
    }
  });

  it('needs every claim somewhere', () => {
    const needed = Object.values(frameworks).flatMap(({ controls }) => controls.flatMap(({ claims }) => claims));
    expect(claimNames.filter((name) => !(needed as readonly string[]).includes(name))).toEqual([]);
  });
});

describe('the verdict of a control', () => {
  it('is at best partly where people do the rest', async () => {
    expect(verdictOf([{ verdict: 'met' }], true)).toBe('partly');
    expect(verdictOf([{ verdict: 'gap' }], true)).toBe('gap');
    const { controls } = await reportOf('pci-4.0.1');
    expect(controls.find(({ number }) => number === '7.2.4')).toMatchObject({ verdict: 'partly' });
  });

  it.each([
    ['met', ['met', 'met']],
    ['met', ['met', 'does not apply']],
    ['partly', ['met', 'gap']],
    ['partly', ['met', 'not asked']],
    ['gap', ['gap', 'not asked']],
    ['not asked', ['not asked', 'does not apply']],
    ['does not apply', ['does not apply']],
    ['not covered', []],
  ] as const)('is %s for %j', (verdict, claims) => {
    expect(verdictOf(claims.map((one) => ({ verdict: one })))).toBe(verdict);
  });
});
