/** Every stack of the example in the partitions of AWS: each ARN is of the partition, whose services are named as it names them. */
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../lib/model/catalog.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { synthesise } from '../../_helpers/example-app.ts';

/** The example in another region, with the ARNs that it names in its partition. */
const exampleIn = (region: string, partition: string): Catalog =>
  JSON.parse(
    JSON.stringify({
      ...exampleCatalog,
      environments: exampleCatalog.environments.map((environment) => ({
        ...environment,
        region,
        breakGlass: [
          ...environment.breakGlass,
          `arn:aws:iam::${environment.account}:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_BreakGlass_????????????????`,
        ],
      })),
    }).replaceAll('arn:aws:', `arn:${partition}:`),
  ) as Catalog;

describe.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
  ['us-iso-east-1', 'aws-iso'],
])('in %s', (region, partition) => {
  const stacks = [...synthesise(exampleIn(region, partition)).values()];
  const texts = stacks.map(({ template }) => JSON.stringify(template));

  test('no ARN is of another partition', () => {
    const arns = texts.flatMap((text) => text.match(/arn:[a-z-]+:[a-z0-9-]+:/g) ?? []);
    expect(arns.length).toBeGreaterThan(100);
    expect(arns.filter((arn) => !arn.startsWith(`arn:${partition}:`))).toEqual([]);
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service: one suffix everywhere.
  test('a key serves Secrets Manager, and that of the alerts SNS, by the names that KMS has in every partition', () => {
    const via = texts.flatMap((text) => text.match(/"kms:ViaService":("[^"]+"|\[[^\]]+\])/g) ?? []);
    expect(via.length).toBeGreaterThan(5);
    expect([...new Set(via)].toSorted()).toEqual(
      ['secretsmanager', 'sns'].map((service) => `"kms:ViaService":"${service}.${region}.amazonaws.com"`),
    );
  });

  test('an endpoint has the suffix of the partition, and a service its own name', () => {
    const names = texts.flatMap((text) => text.match(/[a-z0-9.-]+\.amazonaws\.com(\.cn)?/g) ?? []);
    expect([...new Set(names)].filter((name) => name.endsWith('.cn'))).toEqual([]);
  });
});
