import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';

import { CatalogError, loadCatalog } from '../../../lib/catalog/index.ts';
import { ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';

const ledgerDb = `  ledger-db:
    class: database
    engine: mysql
    host: ledger.acme.example
    port: 3307
    dbname: ledger
    username: ledger_app
    readers: [report]
    tls: { serverName: ledger-1.acme.example }
    readReplicas: ['ledger-2.acme.example:3308']
    rotation: { strategy: dual-password, every: 7d, window: Sun 02:00-06:00 UTC, grace: 12h, admin: ledger-admin }
  ledger-admin:
    class: database
    engine: mysql
    host: ledger.acme.example
    port: 3307
    dbname: ledger
    username: ledger_root
    value: supplied
    readers: []
    rotation: { strategy: admin }
  cache:
    class: database
    engine: elasticache
    host: cache.acme.example
    username: cache_app
    userId: cache-app
    readers: [api]
`;

const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n${ledgerDb}overrides: { dev: { secrets: { orders-db: { sensitivity: high } } } }\n`;

const words = [
  ...new Set([...payments.matchAll(/[a-z-]+/gi), ...organisationYaml.matchAll(/[a-z-]+/gi)].map(([word]) => word)),
  ...['constructor', 'toString', 'hasOwnProperty', 'length', '<<', '0', 'null', 'true'],
];

/** Whatever YAML can say, in the catalog's own words. */
const anyData = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(fc.constantFrom(...words), fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('node'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string()), tie('node'), { maxKeys: 6 }),
  ),
})).node;

/** A right file with one piece cut out or put in anywhere. */
const damaged = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.nat(40),
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          ...words,
          '\n',
          '  ',
          ': ',
          '- ',
          '&a ',
          '*a',
          '<<: *a',
          '{',
          ']',
          '"',
          "'",
          '|',
          '!!binary ',
          '? ',
          '#',
          '---',
          '\t',
          '%',
        ),
      ),
    )
    .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));

/** @throws whatever loading throws that is no {@link CatalogError} with problems in those two files */
const holds = (folder: string, organisation: string, application: string): void => {
  writeFileSync(join(folder, 'organisation.yaml'), organisation);
  writeFileSync(join(folder, 'payments.yaml'), application);
  try {
    loadCatalog(folder, { today });
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { file, line, column, message } of error.problems) {
      expect(file.startsWith(folder)).toBe(true);
      expect(message).not.toMatch(/\n|\[object /);
      if (line === undefined) continue;
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
    }
  }
};

const inFolder = (check: (folder: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-fuzz-'));
  try {
    check(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

it('begins with a catalog that is right', () => {
  inFolder((folder) => {
    writeFileSync(join(folder, 'organisation.yaml'), organisationYaml);
    writeFileSync(join(folder, 'payments.yaml'), payments);
    expect(loadCatalog(folder, { today }).environments[0]!.applications[0]!.secrets).toHaveLength(4);
  });
});

describe('loading throws nothing but its own error', { timeout: 60_000 }, () => {
  it('for any data in the catalog’s words', () => {
    inFolder((folder) => {
      fc.assert(
        fc.property(anyData, anyData, (organisation, application) => {
          holds(folder, stringify(organisation), stringify(application));
        }),
        { numRuns: 200 },
      );
    });
  });

  it('for a right file that was damaged somewhere', () => {
    inFolder((folder) => {
      fc.assert(
        fc.property(damaged(organisationYaml), damaged(payments), (organisation, application) => {
          holds(folder, organisation, application);
        }),
        { numRuns: 500 },
      );
    });
  });

  it('for any text', () => {
    inFolder((folder) => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (organisation, application) => {
          holds(folder, organisation, application);
        }),
        { numRuns: 200 },
      );
    });
  });
});
