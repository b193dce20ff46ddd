/** Which account a server takes for a login, by the host that it comes from. */
import { isIPv4 } from 'node:net';
import type { Account } from './account.ts';

type Hosted = Pick<Account, 'username' | 'host'>;

/**
 * The most specific account that takes logins from a client. https://dev.mysql.com/doc/refman/8.4/en/connection-access.html
 *
 * @returns `undefined` if none does; `unknown` where the server would have to resolve a name.
 */
export const accountFor = <One extends Hosted>(
  accounts: readonly One[],
  client: string,
): One | 'unknown' | undefined => {
  const [first] = [...accounts].sort(bySpecificity).filter(({ host }) => matches(host, client) !== false);
  return first && matches(first.host, client) === undefined ? 'unknown' : first;
};

/** `undefined` if only the server can tell. */
const matches = (host: string, client: string): boolean | undefined => {
  if (host === '' || host === '%') return true;
  const pattern = host.toLowerCase();
  const from = client.toLowerCase();
  if (pattern === from) return true;
  const net = network(pattern);
  if (net) return isIPv4(from) ? (number(from) & net.mask) >>> 0 === net.base : isAddress(from) ? false : undefined;
  if (/[%_]/.test(pattern) && like(pattern).test(from)) return true;
  // A name may stand for this address, and an address for this name.
  return isAddress(pattern) === isAddress(from) ? false : undefined;
};

/** Digits, dots, colons and wildcards alone: no name of a host. */
const isAddress = (text: string): boolean => /^[\d.%_]*$/.test(text) || text.includes(':');

const like = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/\W|_/g, (character) => wildcards[character] ?? `\\${character}`)}$`);

const wildcards: Readonly<Record<string, string>> = { '%': '.*', _: '.' };

interface Network {
  readonly base: number;
  readonly mask: number;
}

/** `10.0.0.0/255.0.0.0`, or since MySQL 8.0.23 `10.0.0.0/8`. */
const network = (host: string): Network | undefined => {
  const [, base = '', mask = ''] = /^([\d.]+)\/([\d.]+)$/.exec(host) ?? [];
  if (!isIPv4(base)) return undefined;
  const bits = isIPv4(mask) ? number(mask) : Number(mask) === 0 ? 0 : (-1 << (32 - Number(mask))) >>> 0;
  return { base: (number(base) & bits) >>> 0, mask: bits };
};

const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** Names and addresses first, then networks, then patterns, the later their first wildcard the earlier; of equals the one with a user name. */
const bySpecificity = (a: Hosted, b: Hosted): number =>
  rank(a.host) - rank(b.host) || Number(a.username === '') - Number(b.username === '');

const rank = (host: string): number => {
  if (host === '') return 1_000;
  const wildcard = host.search(/[%_]/);
  if (wildcard < 0) return host.includes('/') ? 1 : 0;
  return 999 - Math.min(wildcard, 900);
};
