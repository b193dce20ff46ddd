import { describe, expect, it } from 'vitest';
import { accountFor } from '../../../lambdas/databases/mysql/hosts.ts';

/** `app@10.%`; an empty name is the anonymous account. */
const account = (text: string) => {
  const [username = '', host = ''] = text.split('@');
  return { username, host };
};

describe('the account that a server takes for a login', () => {
  it.each([
    ['10.1.2.3', ['app@%'], 'app@%'],
    ['10.1.2.3', ['app@%', 'app@10.1.%', 'app@10.%'], 'app@10.1.%'],
    ['10.1.2.3', ['app@%', 'app@10.1.2.3', 'app@10.1.2._'], 'app@10.1.2.3'],
    ['10.1.2.3', ['app@10.1.%', 'app@10.0.0.0/255.0.0.0'], 'app@10.0.0.0/255.0.0.0'],
    ['10.1.2.3', ['app@10.1.0.0/16', 'app@%'], 'app@10.1.0.0/16'],
    ['10.1.2.3', ['app@10.2.0.0/16', 'app@10.1.2.4'], undefined],
    ['10.1.2.3', ['app@0.0.0.0/0'], 'app@0.0.0.0/0'],
    ['127.0.0.1', ['app@%', '@127.0.0.1'], '@127.0.0.1'],
    ['127.0.0.1', ['app@127.0.0.1', '@127.0.0.1'], 'app@127.0.0.1'],
    ['::1', ['app@::1', 'app@%'], 'app@::1'],
    ['fe80::1', ['app@10.%'], undefined],
    ['db1.example.com', ['app@%.example.com'], 'app@%.example.com'],
    ['DB1.example.com', ['app@db1.example.com', 'app@%'], 'app@db1.example.com'],
    // A dot is a dot.
    ['10x1.2.3', ['app@10.1.2.3'], 'unknown'],
    // Only the server can resolve these.
    ['10.1.2.3', ['app@%', 'app@web.example.com'], 'unknown'],
    ['web.example.com', ['app@10.1.2.3', 'app@%'], 'unknown'],
    ['10.1.2.3', [], undefined],
  ])('from %s, of %j, is %s', (client, accounts, expected) => {
    const found = accountFor(accounts.map(account), client);
    const told = found === undefined || found === 'unknown' ? found : `${found.username}@${found.host}`;
    expect(told).toBe(expected);
  });
});
