import { describe, expect, it } from 'vitest';

import { catalogFiles } from '../../../../cli/operators/evidence/catalog-files.ts';
import { gather } from '../../../../cli/operators/evidence/gather.ts';
import { type ClaimName, claimNames, claims } from '../../../../cli/verbs/evidence/claims/index.ts';
import type { Finding } from '../../../../cli/verbs/evidence/claims/claim.ts';
import type { EnvironmentCatalog, Secret } from '../../../../lib/model/index.ts';
import { exampleCatalog } from '../../../_fixtures/catalog-model.ts';
import { catalogFolder, organisationYaml, today } from '../../../_helpers/catalog-folder.ts';
import { EvidenceModel } from '../../../_helpers/evidence-model.ts';

const dev: EnvironmentCatalog = {
  ...exampleCatalog.environments[0]!,
  fences: { organizationId: 'o-a1b2c3d4e5', byTag: 'auto' },
};

const find = async (
  claim: ClaimName,
  change: (aws: EvidenceModel) => unknown = () => undefined,
  environment: EnvironmentCatalog = dev,
): Promise<Finding> => {
  const aws = new EvidenceModel(environment, today);
  change(aws);
  const live = await gather(
    aws,
    environment,
    () => today,
    () => undefined,
  );
  const files = catalogFiles(catalogFolder({ 'organisation.yaml': organisationYaml }), today, undefined);
  return claims[claim].check({ environment, files, live, now: today });
};

/** The environment with each secret changed. */
const withSecrets = (change: (secret: Secret) => Secret): EnvironmentCatalog => ({
  ...dev,
  applications: dev.applications.map((application) => ({ ...application, secrets: application.secrets.map(change) })),
});
const onlySecret = (name: string, change: Partial<Secret>): EnvironmentCatalog =>
  withSecrets((secret) => (secret.name === name ? { ...secret, ...change } : secret));
const orders = 'dev/payments/orders-db';
const ordersArn = `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${orders}-AbCdEf`;
const changeOrders = (change: object) => (aws: EvidenceModel) =>
  aws.secrets.set(orders, { ...aws.secrets.get(orders)!, ...change });
const changeKey = (change: object) => (aws: EvidenceModel) =>
  aws.keys.set('alias/strongroom/dev/high', { ...aws.keys.get('alias/strongroom/dev/high')!, ...change });
const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/high';
const daysAgo = (days: number): Date => new Date(today.getTime() - days * 24 * 3_600_000);
const policyWith = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

describe('a claim', () => {
  it.each(claimNames)('%s is met, with evidence, where all is as declared', async (claim) => {
    const finding = await find(claim);
    expect(finding).toMatchObject({ verdict: 'met', gaps: [], notAsked: [] });
    expect(finding.evidence).not.toEqual([]);
    for (const { at, from, resource, shows } of finding.evidence) {
      expect(at).toEqual(today);
      expect([from, resource, shows]).not.toContain('');
    }
  });

  it.each<[ClaimName, string, string, RegExp, (aws: EvidenceModel) => unknown]>([
    ['keys-customer-managed', 'a disabled key', keyArn, /Disabled/, changeKey({ state: 'Disabled' })],
    [
      'keys-customer-managed',
      'a key that is deleted soon',
      keyArn,
      /PendingDeletion/,
      changeKey({ state: 'PendingDeletion' }),
    ],
    ['keys-customer-managed', 'a key of AWS', keyArn, /AWS managed/, changeKey({ manager: 'AWS' })],
    [
      'keys-customer-managed',
      'no key',
      'alias/strongroom/dev/high',
      /no such key/,
      (aws) => aws.keys.delete('alias/strongroom/dev/high'),
    ],
    ['keys-in-hsm', 'imported material', keyArn, /outside of KMS/, changeKey({ origin: 'EXTERNAL' })],
    ['keys-in-hsm', 'a key in two Regions', keyArn, /more than one Region/, changeKey({ multiRegion: true })],
    ['keys-rotate', 'rotation off', keyArn, /rotation is off/, (aws) => (aws.rotation = { enabled: false })],
    [
      'keys-rotate',
      'a period over a year',
      keyArn,
      /400 days/,
      (aws) => (aws.rotation = { enabled: true, periodDays: 400 }),
    ],
    ['secrets-encrypted', 'no secret', orders, /no such secret/, (aws) => aws.secrets.delete(orders)],
    ['secrets-encrypted', 'another key', ordersArn, /another key/, changeOrders({ keyId: 'alias/other' })],
    [
      'secrets-encrypted',
      'the key of another sensitivity',
      ordersArn,
      /another key/,
      changeOrders({ keyId: 'alias/strongroom/dev/high' }),
    ],
    ['secrets-encrypted', 'the key of AWS', ordersArn, /aws\/secretsmanager/, changeOrders({ keyId: undefined })],
    [
      'secrets-encrypted',
      'a secret that is deleted soon',
      ordersArn,
      /scheduled for deletion/,
      changeOrders({ deletedAt: today }),
    ],
    [
      'rotated-in-time',
      'an old rotation',
      ordersArn,
      /last rotation was on 2026-10-17/,
      changeOrders({ lastRotatedAt: daysAgo(35) }),
    ],
    ['rotated-in-time', 'no rotation ever', ordersArn, /never rotated/, changeOrders({ lastRotatedAt: undefined })],
    ['rotated-in-time', 'rotation turned off', ordersArn, /off/, changeOrders({ rotationEnabled: false })],
    ['policies-closed', 'no policy', ordersArn, /no statement denies/, (aws) => aws.policies.delete(orders)],
    [
      'policies-closed',
      'text that is no policy',
      ordersArn,
      /no statement denies/,
      (aws) => aws.policies.set(orders, '{"Statement":'),
    ],
    [
      'policies-closed',
      'a statement for anyone',
      ordersArn,
      /allows anyone/,
      (aws) =>
        aws.policies.set(
          orders,
          policyWith({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'secretsmanager:*', Resource: '*' }),
        ),
    ],
    [
      'policies-closed',
      'a denial of something else',
      ordersArn,
      /no statement denies/,
      (aws) =>
        aws.policies.set(
          orders,
          policyWith({
            Effect: 'Deny',
            Principal: '*',
            Action: 'secretsmanager:DeleteSecret',
            Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/a' } },
          }),
        ),
    ],
    ['trail-records', 'no trail', 'strongroom-dev', /no such trail/, (aws) => (aws.trailFound = undefined)],
    ['trail-records', 'a stopped trail', 'trail/strongroom-dev', /stopped/, (aws) => (aws.status = { logging: false })],
    [
      'trail-records',
      'files that are not delivered',
      'trail/strongroom-dev',
      /AccessDenied/,
      (aws) => (aws.status = { logging: true, lastDeliveryError: 'AccessDenied' }),
    ],
    [
      'trail-records',
      'narrowed selectors',
      'trail/strongroom-dev',
      /leave events out/,
      (aws) => (aws.selectors = { allManagementEvents: false }),
    ],
    [
      'trail-records',
      'one Region',
      'trail/strongroom-dev',
      /one Region/,
      (aws) => (aws.trailFound = { ...aws.trailFound!, multiRegion: false }),
    ],
    [
      'trail-validated',
      'no digests',
      'trail/strongroom-dev',
      /no digests/,
      (aws) => (aws.trailFound = { ...aws.trailFound!, validatesFiles: false }),
    ],
    [
      'trail-protected',
      'no versions',
      'files-of-the-trail',
      /overwritten/,
      (aws) => (aws.versioning = { enabled: false }),
    ],
    [
      'trail-protected',
      'public access',
      'files-of-the-trail',
      /public/,
      (aws) => (aws.publicAccess = { blocked: false }),
    ],
    [
      'trail-protected',
      'no encryption by KMS',
      'files-of-the-trail',
      /KMS/,
      (aws) => (aws.encryption = { algorithm: 'AES256' }),
    ],
    ['trail-protected', 'no bucket', 'files-of-the-trail', /no such bucket/, (aws) => (aws.versioning = undefined)],
    ['trail-kept', 'no bucket', 'files-of-the-trail', /no such bucket/, (aws) => (aws.lifecycle = undefined)],
    [
      'trail-kept',
      'a short life',
      'files-of-the-trail',
      /after 30 days/,
      (aws) => (aws.lifecycle = { expirationDays: 30 }),
    ],
    [
      'logs-kept',
      'a short life',
      'log-group',
      /7 days only/,
      (aws) => (aws.groups = [{ ...aws.groups[0]!, retentionDays: 7 }]),
    ],
    ['audit-runs', 'no function', 'strongroom-dev-audit', /no such function/, (aws) => (aws.functionFound = undefined)],
    [
      'detections-run',
      'a failed function',
      'function',
      /Failed/,
      (aws) => (aws.functionFound = { ...aws.functionFound!, state: 'Failed' }),
    ],
    [
      'alarms-notify',
      'no action',
      'audit-errors',
      /no one/,
      (aws) => (aws.alarmsFound[0] = { ...aws.alarmsFound[0]!, actions: 0 }),
    ],
    ['alarms-notify', 'no alarms', 'strongroom-dev-', /no alarms/, (aws) => (aws.alarmsFound = [])],
    [
      'alarms-quiet',
      'an alarm',
      'audit-errors',
      /ALARM/,
      (aws) => (aws.alarmsFound[0] = { ...aws.alarmsFound[0]!, state: 'ALARM' }),
    ],
  ])('%s has a gap for %s, which names the resource and the next step', async (claim, _, resource, what, change) => {
    const { verdict, gaps } = await find(claim, change);
    expect(verdict).toBe('gap');
    expect(gaps.map((gap) => gap.what).join('; ')).toMatch(what);
    for (const gap of gaps) expect(gap.next).not.toBe('');
    expect(gaps.map((gap) => gap.resource).join(' ')).toContain(resource);
  });

  it.each<[ClaimName, string, string, RegExp, EnvironmentCatalog]>([
    [
      'readers-declared',
      'a secret without a reader',
      orders,
      /why it is kept/,
      onlySecret('orders-db', { readers: [] }),
    ],
    [
      'rotation-declared',
      'a credential that nothing rotates',
      orders,
      /nothing rotates it/,
      onlySecret('orders-db', { rotation: { kind: 'manual' } }),
    ],
    [
      'rotation-declared',
      'a long interval',
      orders,
      /every 120 days/,
      onlySecret('orders-db', {
        rotation: {
          kind: 'automatic',
          strategy: 'single-user',
          everyHours: 120 * 24,
          schedule: { expression: 'rate(120 days)' },
        },
      }),
    ],
    [
      'exceptions-valid',
      'an exception that ended yesterday',
      'dev/payments/stripe-key',
      /ended on 2026-11-20/,
      onlySecret('stripe-key', { exception: { reason: 'r', approvedBy: 'security', until: '2026-11-20' } }),
    ],
    [
      'database-tls',
      'a database without TLS',
      orders,
      /without TLS/,
      onlySecret('orders-db', {
        database: { engine: 'postgres', host: { rds: 'o' }, dbname: 'o', username: 'o', tls: 'disable' },
      }),
    ],
    ['break-glass-declared', 'no one', 'dev', /emergency/, { ...dev, breakGlass: [] }],
    ['fences-declared', 'no fence', 'dev', /any network/, { ...dev, fences: { byTag: 'auto' } }],
    ['siem-declared', 'no destination', 'dev', /stay in the account/, { ...dev, destinations: [] }],
    [
      'owners-declared',
      'no owner',
      'payments',
      /no owner/,
      { ...dev, applications: dev.applications.map((one) => ({ ...one, owner: '' })) },
    ],
  ])('%s has a gap for %s', async (claim, _, resource, what, environment) => {
    const { verdict, gaps } = await find(claim, () => undefined, environment);
    expect(verdict).toBe('gap');
    expect(gaps.map((gap) => gap.resource)).toContain(resource);
    expect(gaps.map((gap) => gap.what).join('; ')).toMatch(what);
  });

  it('of an exception still holds on its last day', async () => {
    const until = today.toISOString().slice(0, 10);
    const exception = { reason: 'r', approvedBy: 'security', until };
    expect(await find('exceptions-valid', () => undefined, onlySecret('stripe-key', { exception }))).toMatchObject({
      verdict: 'met',
    });
  });

  it('knows a key by its alias, its ARN and its id', async () => {
    for (const keyId of [
      'standard',
      'arn:aws:kms:eu-west-1:111122223333:key/standard',
      'alias/strongroom/dev/standard',
    ]) {
      expect(await find('secrets-encrypted', changeOrders({ keyId }))).toMatchObject({ verdict: 'met' });
    }
  });

  it('of an adopted secret under the key of AWS is a gap, and under its declared key is met', async () => {
    const arn = ordersArn;
    const declared = (keyArnOf?: string) =>
      onlySecret('orders-db', { adopted: { arn, ...(keyArnOf !== undefined && { keyArn: keyArnOf }) } });
    const adopt = (keyId: string | undefined) => (aws: EvidenceModel) => {
      aws.secrets.set(arn, {
        ...aws.secrets.get(orders)!,
        ...(keyId === undefined ? { keyId: undefined } : { keyId }),
      } as never);
    };
    const own = 'arn:aws:kms:eu-west-1:111122223333:key/own';
    expect(await find('secrets-encrypted', adopt(own), declared(own))).toMatchObject({ verdict: 'met' });
    expect(await find('secrets-encrypted', adopt(undefined), declared(own))).toMatchObject({ verdict: 'gap' });
    expect((await find('secrets-encrypted', adopt(undefined), declared())).gaps).toMatchObject([
      { resource: arn, what: 'the key that AWS manages encrypts it' },
    ]);
  });

  it('does not take a new secret for one that has never rotated', async () => {
    const finding = await find('rotated-in-time', changeOrders({ lastRotatedAt: undefined, createdAt: daysAgo(1) }));
    expect(finding).toMatchObject({ verdict: 'met', gaps: [] });
  });

  it('that AWS refuses is not asked, and names the permission', async () => {
    const finding = await find('secrets-encrypted', (aws) => aws.denied.add('secret'));
    expect(finding.verdict).toBe('not asked');
    expect(finding.notAsked).toContainEqual({
      call: 'secretsmanager:DescribeSecret',
      resource: orders,
      why: 'AWS denied it: the credentials need secretsmanager:DescribeSecret',
    });
  });

  it('about the bucket is not asked if the trail could not be looked for', async () => {
    const finding = await find('trail-protected', (aws) => aws.denied.add('trail'));
    expect(finding).toMatchObject({ verdict: 'not asked', evidence: [] });
  });

  it('with a gap is a gap, whatever could not be asked', async () => {
    const finding = await find('trail-records', (aws) => {
      aws.denied.add('trailSelectors');
      aws.status = { logging: false };
    });
    expect(finding).toMatchObject({ verdict: 'gap', notAsked: [{ call: 'cloudtrail:GetEventSelectors' }] });
  });

  it('about a trail that is not Strongroom’s does not apply', async () => {
    const finding = await find('trail-records', () => undefined, { ...dev, trail: 'existing' });
    expect(finding).toMatchObject({ verdict: 'does not apply', evidence: [] });
    expect(finding.shows).toContain('trail: existing');
  });

  it('leaves out alarms of other environments', async () => {
    const { evidence } = await find('alarms-quiet');
    expect(evidence.map(({ resource }) => resource).join(' ')).not.toContain('other/');
  });
});
