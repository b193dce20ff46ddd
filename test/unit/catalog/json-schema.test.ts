import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { catalogJsonSchemas } from '../../../lib/catalog/json-schema.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const catalog = `${root}catalog/`;
const schemas = catalogJsonSchemas();

const validatorOf = (name: string): ValidateFunction => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(schemas[name]!);
};

const schemaOf = (file: string): string =>
  file === 'organisation.yaml' ? 'organisation.schema.json' : 'application.schema.json';

const examples = readdirSync(catalog).filter((file) => file.endsWith('.yaml'));

describe('the JSON Schemas of the catalog', () => {
  it.each(Object.keys(schemas))('are committed as lib/catalog has them: %s', (name) => {
    expect(JSON.parse(readFileSync(`${catalog}schema/${name}`, 'utf8'))).toEqual(schemas[name]);
  });

  it('are said to be current by npm run schema -- --check', async () => {
    const { stdout, exitCode } = await execa('tsx', ['tools/emit-schema.ts', '--check'], {
      cwd: root,
      preferLocal: true,
    });
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'catalog/schema/organisation.schema.json is current',
      'catalog/schema/application.schema.json is current',
    ]);
  });

  it.each(examples)('are named by the first line of %s, and accept it', (file) => {
    const text = readFileSync(catalog + file, 'utf8');
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=schema/${schemaOf(file)}`);
    const validate = validatorOf(schemaOf(file));
    validate(parse(text));
    expect(validate.errors).toBeNull();
  });

  it.each([
    ['an unknown key', 'dbname: orders', 'dbnam: orders'],
    ['an unknown class', 'class: database', 'class: databse'],
    ['a window past midnight', 'strategy: single-user', 'window: Sun 25:00-26:00 UTC'],
    ['a consumer without a role', '{ runsOn: lambda }', '{}'],
    ['a consumer with two', '{ runsOn: lambda }', '{ runsOn: lambda, role: x }'],
    ['a consumer without what its kind needs', '{ runsOn: lambda }', '{ runsOn: eks, cluster: shop, namespace: shop }'],
    ['a job of GitHub without a place', '{ runsOn: lambda }', '{ runsOn: github, repository: northwind/shop }'],
    ['a job of GitHub in two', '{ runsOn: lambda }', '{ runsOn: github, repository: a/b, branch: main, tag: v1 }'],
    ['a subject with a wildcard', '{ runsOn: lambda }', '{ runsOn: oidc, issuer: a.b, audience: c, subject: "*" }'],
    ['a reader named twice', '[api, settlement]', '[api, api]'],
    ['a day that is none', '2027-09-30', 'next year'],
  ])('refuse %s', (_title, right, wrong) => {
    const text = readFileSync(`${catalog}payments.yaml`, 'utf8');
    expect(text).toContain(right);
    expect(validatorOf('application.schema.json')(parse(text.replace(right, wrong)))).toBe(false);
  });

  it('explain every key that has no keys of its own', () => {
    const silent: string[] = [];
    const walk = (schema: unknown, path: string): void => {
      const { properties, additionalProperties, items, anyOf } = schema as Record<string, unknown>;
      for (const [key, value] of Object.entries((properties ?? {}) as Record<string, Record<string, unknown>>)) {
        if (typeof value['description'] !== 'string') silent.push(`${path}.${key}`);
        walk(value, `${path}.${key}`);
      }
      for (const inner of [additionalProperties, items, ...((anyOf ?? []) as unknown[])]) {
        if (typeof inner === 'object' && inner !== null) walk(inner, `${path}.*`);
      }
    };
    for (const [name, schema] of Object.entries(schemas)) walk(schema, name);
    expect(silent).toEqual([]);
  });
});
