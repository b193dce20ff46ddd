/** Checks that the owners of both applications agree on a secret that one shares with the other, in each environment. */
import { inWords } from '../words/expectation.ts';
import type { Path } from '../messages/show-value.ts';
import { didYouMean } from '../messages/suggest.ts';
import type { Scope } from './scope.ts';

/** @param unread - names of applications whose files can't be read: nothing is said of what they agree to. */
export const checkSharing = (scopes: readonly Scope[], unread: ReadonlySet<string>): void => {
  const applications = [...new Set(scopes.map(({ application }) => application))];
  const scopeOf = new Map(
    scopes.map((scope) => [JSON.stringify([scope.environment?.name, scope.application]), scope] as const),
  );
  const disagreements = new Disagreements();
  for (const scope of scopes) {
    const { environment } = scope;
    if (environment === undefined) continue;
    const others: Others = {
      of: (application) => scopeOf.get(JSON.stringify([environment.name, application])),
      names: applications.filter((name) => name !== scope.application),
      environmentsOf: (application) =>
        scopes.flatMap((one) => (one.application === application && one.environment ? [one.environment.name] : [])),
      unread,
    };
    checkUses(scope, others, disagreements);
    checkShares(scope, others, disagreements);
  }
  disagreements.report();
};

interface Others {
  /** The application in the same environment. */
  readonly of: (application: string) => Scope | undefined;
  /** Every other application of the catalog. */
  readonly names: readonly string[];
  readonly environmentsOf: (application: string) => readonly string[];
  readonly unread: ReadonlySet<string>;
}

/** What only one of two owners says; the same in several environments is one problem. */
class Disagreements {
  readonly #found = new Map<
    string,
    { scope: Scope; path: Path; problem: (environments: string) => string; in: string[] }
  >();

  add(scope: Scope, path: Path, problem: (environments: string) => string): void {
    const key = `${scope.positionOf(path)} ${problem('')}`;
    const known = this.#found.get(key) ?? { scope, path, problem, in: [] };
    known.in.push(scope.environment?.name ?? '');
    this.#found.set(key, known);
  }

  report(): void {
    for (const { scope, path, problem, in: environments } of this.#found.values()) {
      scope.report(path, 'not-agreed', problem(inWords(environments, 'and')));
    }
  }
}

const checkUses = (scope: Scope, others: Others, disagreements: Disagreements): void => {
  const { application: own, consumers, consumerNames, secretNames, report } = scope;
  const seen = new Map<string, string>();
  for (const [name, { application, secret, readers = [] }] of Object.entries(scope.uses)) {
    const path = ['uses', name];
    if (secretNames.includes(name)) {
      report(
        path,
        'name-taken',
        `must not be the name of a secret of this file (got ${name}); write another name`,
        'key',
      );
    }
    for (const [index, reader] of readers.entries()) {
      if (reader === undefined) continue;
      const account = consumers[reader]?.account;
      if (!consumerNames.includes(reader)) {
        const hint = didYouMean(reader, consumerNames, 'add it under consumers');
        report(
          [...path, 'readers', index],
          'unknown-consumer',
          `must be a consumer of this file (got ${reader}); ${hint}`,
        );
      } else if (account !== undefined) {
        report(
          [...path, 'readers', index],
          'reader-of-other-account',
          `must not be of another account (got ${reader}, of account ${account}): a secret is shared within an account; ` +
            'write a consumer with a role of the environment’s own account',
        );
      }
    }
    if (application === undefined || secret === undefined) continue;
    const twin = seen.get(JSON.stringify([application, secret]));
    if (twin !== undefined) {
      report(
        path,
        'secret-twice',
        `is the same secret as uses.${twin} (got ${secret} of ${application}); write its readers there`,
        'key',
      );
      continue;
    }
    seen.set(JSON.stringify([application, secret]), name);
    if (application === own) {
      report(
        [...path, 'application'],
        'own-application',
        `must be another application (got ${own}); write the consumers under readers of secrets.${secret}`,
      );
      continue;
    }
    const owner = otherApplication(scope, application, [...path, 'application'], 'value', others);
    if (!owner) continue;
    if (!owner.secretNames.includes(secret)) {
      const hint = didYouMean(secret, owner.secretNames, 'add it there');
      report(
        [...path, 'secret'],
        'unknown-secret',
        `must be one of the secrets of ${application} at ${owner.positionOf(['secrets'], 'key')} (got ${secret}); ${hint}`,
      );
      continue;
    }
    const entry = owner.secrets[secret];
    if (entry?.access !== undefined) {
      report(
        [...path, 'secret'],
        'not-shareable',
        `must not be a database with access: iam (got ${secret}, at ${owner.positionOf(['secrets', secret], 'key')}), ` +
          'for there is no secret to share; declare the database in this file too, with a user of its own',
      );
      continue;
    }
    if (owner.isBroken(['secrets', secret, 'sharedWith'])) continue;
    const shared = entry?.sharedWith?.[own] ?? [];
    for (const [index, reader] of readers.entries()) {
      if (reader === undefined || !consumerNames.includes(reader) || shared.includes(reader)) continue;
      const all = [...shared, reader].filter((one) => one !== undefined);
      disagreements.add(
        scope,
        [...path, 'readers', index],
        (environments) =>
          `must be agreed by the owner of ${application} (got ${reader}): ${owner.positionOf(['secrets', secret], 'key')} does ` +
          `not share ${secret} with it in ${environments}; write ${own}: [${all.join(', ')}] under sharedWith there`,
      );
    }
  }
};

const checkShares = (scope: Scope, others: Others, disagreements: Disagreements): void => {
  const { application: own, report } = scope;
  for (const [name, { sharedWith, access }] of Object.entries(scope.secrets)) {
    // With access: iam the key itself is refused.
    if (access !== undefined) continue;
    for (const [application, shared = []] of Object.entries(sharedWith ?? {})) {
      const path = ['secrets', name, 'sharedWith', application];
      if (application === own) {
        report(
          path,
          'own-application',
          `must be another application (got ${own}); write its consumers under readers of secrets.${name}`,
          'key',
        );
        continue;
      }
      const reading = otherApplication(scope, application, path, 'key', others);
      if (!reading || reading.isBroken(['uses'])) continue;
      const used = Object.entries(reading.uses).find(([, use]) => use.application === own && use.secret === name);
      for (const [index, reader] of shared.entries()) {
        if (reader === undefined) continue;
        if (!reading.consumerNames.includes(reader)) {
          const hint = didYouMean(reader, reading.consumerNames, 'add it there');
          report(
            [...path, index],
            'unknown-consumer',
            `must be one of the consumers of ${application} at ${reading.positionOf(['consumers'], 'key')} (got ${reader}); ${hint}`,
          );
          continue;
        }
        const readers = used?.[1].readers ?? [];
        if (readers.includes(reader)) continue;
        const all = [...readers, reader].filter((one) => one !== undefined);
        disagreements.add(scope, [...path, index], (environments) =>
          used
            ? `must be agreed by the owner of ${application} (got ${reader}): ${reading.positionOf(['uses', used[0]], 'key')} ` +
              `does not name it in ${environments}; write readers: [${all.join(', ')}] there`
            : `must be agreed by the owner of ${application} (got ${reader}): ${reading.positionOf(['uses'], 'key')} has no use ` +
              `of the secret in ${environments}; write ${useName(reading, own, name)}: { application: ${own}, ` +
              `secret: ${name}, readers: [${shared.join(', ')}] } under uses there`,
        );
      }
    }
  }
};

/** The other application in the same environment; if it does not exist, that is reported. */
const otherApplication = (
  { environment, report }: Scope,
  application: string,
  path: Path,
  part: 'key' | 'value',
  others: Others,
): Scope | undefined => {
  if (others.unread.has(application)) return undefined;
  if (!others.names.includes(application)) {
    const hint = didYouMean(application, others.names, 'add its file');
    report(path, 'unknown-application', `must be an application of the catalog (got ${application}); ${hint}`, part);
    return undefined;
  }
  const other = others.of(application);
  if (!other) {
    const environments = others.environmentsOf(application);
    const where = environments.length === 0 ? 'no environment' : `${inWords(environments, 'and')} alone`;
    report(
      path,
      'application-elsewhere',
      `must be in ${environment?.name ?? ''} too (got ${application}, which is in ${where}): a secret is shared within an ` +
        'environment; write this under overrides, for the environments in which both are',
      part,
    );
  }
  return other;
};

/** A name for the use that the file does not have yet. */
const useName = ({ secretNames, uses }: Scope, owner: string, secret: string): string =>
  secretNames.includes(secret) || Object.hasOwn(uses, secret) ? `${owner}-${secret}` : secret;
