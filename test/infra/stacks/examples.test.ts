/** The examples in the comments of the constructs are code that compiles. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Construct } from 'constructs';
import { expect, test } from 'vitest';
import * as strongroom from '../../../lib/index.ts';
import { compile } from '../../_helpers/compile.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = join(root, 'lib', 'constructs');

/** What an example takes as given. */
const given = `
  import { Duration, type Stack } from 'aws-cdk-lib';
  import type { IRole } from 'aws-cdk-lib/aws-iam';
  import type { IKey } from 'aws-cdk-lib/aws-kms';
  import type { IFunction } from 'aws-cdk-lib/aws-lambda';
  import type { ITopic } from 'aws-cdk-lib/aws-sns';
  import { NodeFunction } from './lib/constructs/node-function/node-function.ts';
  import * as strongroom from './lib/index.ts';
  const { AlertKey, AlertTopic, AuditTrail, BreakGlassRole, ChatAccess, Consumer, DatabaseRotation, EncryptionKey, FirstRotation, FunctionRotation, ManagedSecret, OperatorPolicy, RotationAlarms, RotationWatch } = strongroom;
  declare const stack: Stack;
  declare const ordersDb: strongroom.ManagedSecret;
  declare const stripeKey: strongroom.ManagedSecret;
`;

const examples = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(/\* @example\n((?: \*(?: .*)?\n)+?) \*\//g)].map(
      ([, text]) => ({
        file,
        code: text!.replace(/^ \* ?/gm, ''),
      }),
    ),
  );

test('every construct that is exported has an example', () => {
  const exported = Object.entries(strongroom)
    .filter(([, value]) => typeof value === 'function' && value.prototype instanceof Construct)
    .map(([name]) => name)
    // An AuditTrail makes its destinations and its detections.
    .filter((name) => !['Environment', 'AuditDestination', 'DetectionLane'].includes(name));
  expect(exported.length).toBeGreaterThan(5);
  for (const name of exported) {
    expect(
      examples.some(({ code }) => code.includes(`new ${name}(`)),
      name,
    ).toBe(true);
  }
});

test('the examples compile', () => {
  const files = new Map(
    examples.map(({ code }, index) => {
      // An example makes its key or takes one.
      const key = /const (?:key|\{ key \}) =/.test(code) ? '' : 'declare const key: IKey;\n';
      const own = code.includes('const ordersDb =') ? given.replace(/ {2}declare const ordersDb.*\n/, '') : given;
      return [join(root, `example-${index}.ts`), `${own}${key}${code}`];
    }),
  );
  const compiled = compile(files);
  const messages = examples.flatMap(({ file }, index) =>
    compiled.get(join(root, `example-${index}.ts`))!.map((message) => `${file}: ${message}`),
  );
  expect(messages).toEqual([]);
});
