/** `strongroom deploy-plan` on a clone: two synths of the real app, and the secrets that a change would lose. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployPlan } from '../../../cli/verbs/deploy-plan/deploy-plan.ts';
import { processHost } from '../../../cli/terminal/host.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, organisationYaml } from '../../_helpers/catalog-folder.ts';

/** Without `prod`: what is shown needs one environment. */
const organisation = organisationYaml.replace(/ {2}prod:\n(?: {4}.*\n)*/, '');

const application = (name: string, secrets: readonly string[]): string =>
  [
    `application: ${name}`,
    'owner: team',
    'contact: oncall',
    'consumers: { api: { runsOn: ecs } }',
    'secrets:',
    ...secrets.map((secret) => `  ${secret}: { class: signing-key, readers: [api] }`),
    '',
  ].join('\n');

const committed = (files: Readonly<Record<string, string>>): string => {
  const folder = catalogFolder({ 'organisation.yaml': organisation, ...files });
  const git = (...args: readonly string[]): void => {
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      stdio: 'ignore',
    });
  };
  git('init');
  git('add', '.');
  git('commit', '-m', 'first');
  return folder;
};

test('names the stacks that a change touches, and refuses one that loses a live secret', async () => {
  const folder = committed({
    'orders.yaml': application('orders', ['one', 'two']),
    'shop.yaml': application('shop', ['cart']),
  });
  writeFileSync(join(folder, 'orders.yaml'), application('orders', ['one', 'renamed']));
  writeFileSync(join(folder, 'web.yaml'), application('web', ['session']));

  const { exitCode, stdout, stderr } = await strongroom(['deploy-plan', '-c', folder]);
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
    ['STACK', 'STATE'],
    ['strongroom-dev-orders', 'changed'],
    ['strongroom-dev-web', 'new'],
    ['2 stacks unchanged, and all stacks of 1 other application'],
    [''],
  ]);
  expect(stderr).toMatch(
    /^error: dev\/orders\/two \(orders\.yaml:7:3 of HEAD\): no stack would have it any more: .*\nWrite --allow-replace/,
  );
  expect(exitCode).toBe(2);
});

test('warns of another strategy of a live secret, and ends with 0', async () => {
  const rotatedBy = (rotation: string): string =>
    `application: shop
owner: team
contact: oncall
consumers: { api: { runsOn: ecs } }
secrets:
  shop-admin: { class: database, engine: mysql, host: db.internal, dbname: shop, username: admin, value: supplied, readers: [], rotation: { strategy: admin } }
  shop-db: { class: database, engine: mysql, host: db.internal, dbname: shop, username: shop, readers: [api], rotation: ${rotation} }
`;
  const folder = committed({ 'shop.yaml': rotatedBy('{ strategy: dual-password, grace: 24h, admin: shop-admin }') });
  writeFileSync(join(folder, 'shop.yaml'), rotatedBy('{ strategy: single-user, admin: shop-admin }'));

  const { exitCode, stderr } = await strongroom(['deploy-plan', '-c', folder]);

  expect(stderr).toMatch(
    /^warning: dev\/shop\/shop-db changes from strategy dual-password to single-user: the sweep ends its old password .*\n$/,
  );
  expect(exitCode).toBe(0);
});

test.each([
  ['in words', [], 'Interrupted: nothing was planned, and nothing changed.\n'],
  ['in JSON not at all, as the exit code says it', ['--json'], ''],
])('Ctrl-C ends the synth, and is told %s', async (_, args, told) => {
  const catalog = committed({ 'shop.yaml': application('shop', ['cart']) });
  let [stdout, stderr] = ['', ''];
  const host = processHost(
    { stdout: { write: (text) => (stdout += text) }, stderr: { write: (text) => (stderr += text) }, env: {} },
    args,
  );
  let isListening = false;
  const onInterrupt = (listener: () => void) => {
    isListening = true;
    setImmediate(listener);
    return () => {
      isListening = false;
    };
  };
  const exitCode = await deployPlan({ ...host, onInterrupt }, { catalog, since: 'HEAD', timeout: 300_000 });
  expect({ exitCode, stdout, stderr, isListening }).toEqual({
    exitCode: 130,
    stdout: '',
    stderr: told,
    isListening: false,
  });
});
