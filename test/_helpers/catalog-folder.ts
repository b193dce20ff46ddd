/** Catalog folders for tests, and the problems that loading one reports. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { CatalogError, formatProblem, loadCatalog } from '../../lib/catalog/index.ts';

/** The day of the tests. */
export const today = new Date('2026-11-21T12:00:00Z');

export const organisationYaml = `organisation: acme
environments:
  dev:
    account: '111122223333'
    region: eu-west-1
    breakGlass: [arn:aws:iam::111122223333:role/break-glass]
    operators: [arn:aws:iam::111122223333:role/operator]
  prod:
    account: '444455556666'
    region: eu-west-1
    breakGlass: [arn:aws:iam::444455556666:role/break-glass]
    operators: [arn:aws:iam::444455556666:role/operator]
contacts:
  oncall: { email: oncall@acme.example }
contact: oncall
siem: { type: splunk-hec, url: 'https://splunk.example.com:8088', index: aws_secrets }
`;

/** The head of `payments.yaml`, lines 1 to 7; what follows stands under `secrets`. */
export const paymentsHead = `application: payments
owner: team-payments
contact: oncall
consumers:
  api: { runsOn: ecs }
  report: { runsOn: lambda }
secrets:
`;

/** A database secret without fault, but for what is appended to it: lines of four spaces and more. */
export const ordersDb = `  orders-db:
    class: database
    engine: postgres
    host: { rds: orders }
    dbname: orders
    username: payments_app
    readers: [api]
`;

/** A folder with these files, and symbolic links by their targets, gone after the test. */
export const catalogFolder = (
  files: Readonly<Record<string, string | Uint8Array>>,
  links: Readonly<Record<string, string>> = {},
): string => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-catalog-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  return folder;
};

/** The lines of the one error that loading gives, without the folder's path; `[]` where the catalog is valid. */
export const problemsOf = (
  files: Readonly<Record<string, string | Uint8Array>>,
  links: Readonly<Record<string, string>> = {},
): string[] => {
  const folder = catalogFolder(files, links);
  try {
    loadCatalog(folder, { today });
    return [];
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    return error.problems.map(formatProblem).map((line) => line.replaceAll(`${folder}/`, '').replace(folder, '.'));
  }
};

/** Takes out the mark `‸`, which says where a problem is expected: `{ text, place: '3:7' }`. */
export const marked = (source: string): { text: string; place: string } => {
  const before = source.slice(0, source.indexOf('‸')).split('\n');
  return { text: source.replace('‸', ''), place: `${before.length}:${(before.at(-1) ?? '').length + 1}` };
};
