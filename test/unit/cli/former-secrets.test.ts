import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { formerSecrets } from '../../../cli/verbs/deploy-plan/former-secrets.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';

const token = '  token: { class: generic, value: supplied, readers: [api] }\n';
const kept = `${paymentsHead}${ordersDb}    value: supplied\n`;

it('names a secret that an earlier commit had and that comes back, and none that is new', () => {
  const folder = catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': kept + token });
  const git = (...args: readonly string[]): void => {
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      stdio: 'ignore',
    });
  };
  const commit = (text: string): void => {
    writeFileSync(join(folder, 'payments.yaml'), text);
    git('add', '.');
    git('commit', '--message=change');
  };
  git('init');
  commit(kept + token);
  commit('not: [valid');
  commit(kept);
  writeFileSync(join(folder, 'payments.yaml'), kept + token + token.replace('token', 'other'));
  const names = ['dev/payments/token', 'prod/payments/token', 'prod/payments/other'];
  expect(formerSecrets(folder, 'HEAD', names, today)).toEqual(['dev/payments/token', 'prod/payments/token']);
  expect(formerSecrets(folder, 'HEAD', [], today)).toEqual([]);
  rmSync(join(folder, '.git'), { recursive: true });
});
