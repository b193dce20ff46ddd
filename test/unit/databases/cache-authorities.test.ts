import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { amazonAuthorities, databaseTrust } from '../../../lambdas/databases/database-trust.ts';

const names = (authorities: readonly string[]): string[] =>
  authorities.map((pem) => /CN=(.+)/.exec(new X509Certificate(pem).subject)?.[1] ?? '').sort();

it('caches are vouched for by Amazon’s public roots, all of them and no other authority', () => {
  expect(names(amazonAuthorities())).toEqual([
    'Amazon Root CA 1',
    'Amazon Root CA 2',
    'Amazon Root CA 3',
    'Amazon Root CA 4',
    'Starfield Services Root Certificate Authority - G2',
  ]);
});

it('those roots last for another year at least', () => {
  const ends = amazonAuthorities().map((pem) => Date.parse(new X509Certificate(pem).validTo));
  expect(Math.min(...ends)).toBeGreaterThan(Date.now() + 365 * 24 * 3_600_000);
});

it('an engine that names its authorities has no others, but those that the function is given', async () => {
  const [own = ''] = amazonAuthorities();
  expect((await databaseTrust(() => [])).authorities({})).toEqual([]);
  expect((await databaseTrust(() => [], own)).authorities({})).toEqual([own]);
});
