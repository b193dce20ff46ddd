/** Which authorities a change adds to those that vouch for databases and the SIEM: whoever they vouch for is shown credentials. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { AccessChange } from '../../lib/access/index.ts';
import type { Catalog, EnvironmentCatalog } from '../../lib/catalog/index.ts';
import { UsageError } from '../errors.ts';

/** Environment by environment, of those that are in both catalogs. Call it while the files of both are there. */
export const authorityChanges = (before: Catalog, after: Catalog): AccessChange[] =>
  after.environments.flatMap((environment) => {
    const then = before.environments.find(({ name }) => name === environment.name);
    if (then === undefined) return [];
    const [old, now] = [authoritiesOf(then), authoritiesOf(environment)];
    return [...changesOf('widens', environment, now, old), ...changesOf('narrows', environment, old, now)];
  });

/** Fingerprint to subject. */
type Authorities = ReadonlyMap<string, string>;

const authoritiesOf = ({ certificateAuthorities: file }: EnvironmentCatalog): Authorities => {
  const text = file === undefined ? '' : readFileSync(file, 'utf8');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return new Map(blocks.map((block) => subjectOf(block, file ?? '')));
};

const subjectOf = (block: string, file: string): [fingerprint: string, subject: string] => {
  try {
    const { fingerprint256, subject } = new X509Certificate(block);
    return [fingerprint256, subject.replaceAll('\n', ', ')];
  } catch {
    throw new UsageError(`${file}: a certificate in it can't be read; take it out, or convert it with openssl x509`);
  }
};

const changesOf = (
  effect: AccessChange['effect'],
  { name: environment }: EnvironmentCatalog,
  these: Authorities,
  those: Authorities,
): AccessChange[] =>
  [...these]
    .filter(([fingerprint]) => !those.has(fingerprint))
    .map(([fingerprint, subject]) => {
      const who = `a server with a certificate of ${subject} (SHA-256 ${fingerprint.slice(0, 23)}…)`;
      const what = 'a database or the SIEM';
      const may = effect === 'widens' ? 'may now' : 'may no longer';
      return {
        environment,
        application: '*',
        effect,
        who,
        role: '*',
        may: ['be taken for'],
        what,
        text: `${environment}: ${who} ${may} be taken for ${what}`,
      };
    });
