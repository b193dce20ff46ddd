/** Which authorities a change adds to those that certify databases and the SIEM: a server that they certify receives credentials. */
import type { AccessChange } from '../../../lib/access/index.ts';
import { type Catalog, type EnvironmentCatalog } from '../../../lib/model/index.ts';
import { readCertificateAuthorities } from '../../../lib/catalog/index.ts';

/** Environment by environment, of those that are in both catalogs. Call it while the files of both exist. */
export const authorityChanges = (before: Catalog, after: Catalog): AccessChange[] =>
  after.environments.flatMap((environment) => {
    const then = before.environments.find(({ name }) => name === environment.name);
    if (then === undefined) return [];
    const [old, now] = [authoritiesOf(then), authoritiesOf(environment)];
    return [...changesOf('widens', environment, now, old), ...changesOf('narrows', environment, old, now)];
  });

/** Fingerprint to subject. */
type Authorities = ReadonlyMap<string, string>;

const authoritiesOf = ({ certificateAuthorities: file }: EnvironmentCatalog): Authorities =>
  new Map(
    (file === undefined ? [] : readCertificateAuthorities(file)).map(({ fingerprint256, subject }) => [
      fingerprint256,
      subject.replaceAll('\n', ', '),
    ]),
  );

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
