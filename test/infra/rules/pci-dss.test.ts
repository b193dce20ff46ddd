/** Each rule of the PCI DSS pack, with what it accepts and what it doesn't. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { CfnManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { acknowledge } from '../../../lib/rules/acknowledge.ts';
import { PciDssChecks } from '../../../lib/rules/pci-dss/pci-dss-checks.ts';
import { appWithoutBundling, withFolder } from '../../_helpers/example-app.ts';
import { accessPairs } from './pci-dss/access-pairs.ts';
import { auditLogPairs } from './pci-dss/audit-log-pairs.ts';
import { account, keyArn, document, allow, type Build } from './pci-dss/builds.ts';
import { credentialPairs } from './pci-dss/credential-pairs.ts';
import { keyPairs } from './pci-dss/key-pairs.ts';

const pairs = [...keyPairs, ...accessPairs, ...credentialPairs, ...auditLogPairs];

/** Rules of the pack that a stack breaks, without what their findings name. */
const findings = (build: Build): Set<string> => {
  const app = withFolder(appWithoutBundling);
  build(new Stack(app, 'Stack', { env: { account, region: 'eu-west-1' } }));
  const { violations } = new PciDssChecks(app).validateScope(app);
  return new Set(violations.map(({ ruleName }) => ruleName.replace(/\[.*$/s, '')));
};

describe.each(pairs)('$rule', ({ rule, what, compliant, nonCompliant }) => {
  test(`finds ${what}, and not its better`, () => {
    const name = `StrongroomPci-${rule}`;
    expect([...findings(nonCompliant)]).toContain(name);
    expect([...findings(compliant)]).not.toContain(name);
  });
});

const ruleIds = new PciDssChecks(withFolder(appWithoutBundling)).ruleIds;

test('every rule has a pair', () => {
  expect(new Set(pairs.map(({ rule }) => `StrongroomPci-${rule}`))).toEqual(new Set(ruleIds));
});

test('the documentation names every rule, and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'compliance.md'), 'utf8');
  expect(new Set(page.match(/StrongroomPci-\d[\w.-]*\w/g))).toEqual(new Set(ruleIds));
});

test('an acknowledgement counts for its finding alone', () => {
  const app = withFolder(appWithoutBundling);
  const stack = new Stack(app, 'Stack');
  const policy = new CfnManagedPolicy(stack, 'Policy', {
    policyDocument: document(allow({ Action: ['kms:De*', 'kms:Re*'], Resource: keyArn })),
  });
  const id = 'StrongroomPci-7.2.5-LeastPrivilege';
  acknowledge(policy, { [`${id}[Action::kms:De*]`]: 'The test accepts it.' });
  const { violations } = new PciDssChecks(app).validateScope(app);
  expect(violations.map(({ ruleName }) => ruleName).filter((name) => name.startsWith(id))).toEqual([
    `${id}[Action::kms:Re*]`,
  ]);
});
