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

const moreConsumers = `  pods: { runsOn: eks, cluster: shop, namespace: shop, serviceAccount: batch }
  irsa: { runsOn: eks-irsa, issuer: oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE, namespace: shop, serviceAccount: web }
  deploy: { runsOn: github, repository: acme/shop, environment: production }
  pipeline: { runsOn: oidc, issuer: ci.acme.example, audience: aws, subject: 'project:shop' }
  backup: { runsOn: roles-anywhere, trustAnchor: 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d, subject: { commonName: b }, session: 1h }
  support: { permissionSet: Support, network: any }
  cached: { runsOn: ec2, reads: by-version }
  partner: { account: '999988887777', role: partner }
`;

const moreSecrets = `  invoices:
    class: database
    access: iam
    engine: mysql
    host: invoices.c1a2b3.eu-west-1.rds.amazonaws.com
    dbname: invoices
    username: invoices_app
    resourceId: cluster-ABCDEFGHIJKL
    readers: [api]
  legacy:
    class: generic
    readers: [api, support]
    pendingReaders: [api]
  shared:
    class: generic
    readers: [partner]
    replicas: [eu-central-1]
overrides:
  dev:
    secrets:
      orders-db: { sensitivity: high }
      legacy: { adopt: { arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy-AbCdEf' } }
`;

const fenced = organisationYaml.replaceAll(
  '    region: eu-west-1\n',
  '    region: eu-west-1\n    fences: { organization: o-a1b2c3d4e5, vpcs: [vpc-01234567], permissionsBoundary: edge, byTag: never }\n',
);

const payments = `${paymentsHead.replace('secrets:\n', `${moreConsumers}secrets:\n`)}${ordersDb}    rotation: { admin: { managedBy: rds } }\n${ledgerDb}${moreSecrets}`;

const words = [
  ...new Set([...payments.matchAll(/[a-z-]+/gi), ...fenced.matchAll(/[a-z-]+/gi)].map(([word]) => word)),
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
    writeFileSync(join(folder, 'organisation.yaml'), fenced);
    writeFileSync(join(folder, 'payments.yaml'), payments);
    expect(loadCatalog(folder, { today }).environments[0]!.applications[0]!.secrets).toHaveLength(6);
  });
});

describe('loading throws nothing but its own error', () => {
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
        fc.property(damaged(fenced), damaged(payments), (organisation, application) => {
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
