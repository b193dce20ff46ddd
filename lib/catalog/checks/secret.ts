/** Checks one secret in one environment against the rest of its file, its class and the calendar. */
import type { Scope, SecretScope } from './scope.ts';
import { checkAdopted } from './adopt.ts';
import { checkDatabase } from './database.ts';
import { exceptionHint } from './exception-hint.ts';
import { checkForm } from './form.ts';
import { checkGenerate } from './generate.ts';
import { checkDefaultNetwork } from './network.ts';
import { checkRotation } from './rotation.ts';
import { checkSecretNames } from './names.ts';
import { partitionOf } from '../../model/role-arn.ts';
import { inWords } from '../words/expectation.ts';
import { didYouMean } from '../messages/suggest.ts';

export const checkSecrets = (scope: Scope): void => {
  checkDefaultNetwork(scope);
  for (const [name, secret] of Object.entries(scope.secrets)) {
    const path = ['secrets', name];
    const secretClass = secret.class;
    if (secretClass === undefined) {
      requireKey(scope, name, 'class');
      continue;
    }
    if (secret.readers === undefined) requireKey(scope, name, 'readers');
    const one = { ...scope, name, path, secret, class: secretClass, defaults: scope.defaultsOf(secretClass) };
    checkReaders(one);
    // Without it, the form is not known.
    if (scope.isBroken([...path, 'access'])) continue;
    checkForm(one);
    checkDatabase(one);
    if (secretClass === 'database' && secret.access === 'iam') continue;
    checkPendingReaders(one);
    checkReplicas(one);
    checkAdopted(one);
    checkGenerate(one);
    checkSensitivity(one);
    checkRotation(one);
    checkException(one);
    checkSecretNames(one);
  }
};

/** The schema requires these keys, but not of a secret that is only in the overrides. */
const requireKey = ({ isBroken, report }: Scope, name: string, key: 'class' | 'readers'): void => {
  const path = ['secrets', name, key];
  if (isBroken(path)) return;
  report(path, 'missing-key', `is missing; write it here, or the secret under secrets for every environment`);
};

const checkReaders = ({ path, secret, consumerNames, environmentsOf, report }: SecretScope): void => {
  for (const [index, reader] of (secret.readers ?? []).entries()) {
    if (reader === undefined) continue;
    const where = [...path, 'readers', index];
    if (consumerNames.includes(reader)) continue;
    const elsewhere = environmentsOf(reader);
    if (elsewhere.length > 0) {
      report(
        where,
        'unknown-consumer',
        `must be a consumer wherever the secret is (got ${reader}, which is one in ${inWords(elsewhere, 'and')} alone); ` +
          `write it under consumers, or these readers under overrides.${elsewhere[0]}`,
      );
    } else {
      report(
        where,
        'unknown-consumer',
        `must be a consumer of this file (got ${reader}); ${didYouMean(reader, consumerNames, 'add it under consumers')}`,
      );
    }
  }
};

const checkPendingReaders = ({
  path,
  secret: { readers, pendingReaders = [] },
  isBroken,
  report,
}: SecretScope): void => {
  if (readers === undefined || isBroken([...path, 'readers'])) return;
  for (const [index, reader] of pendingReaders.entries()) {
    if (reader === undefined || readers.includes(reader)) continue;
    const known = readers.filter((name) => name !== undefined);
    report(
      [...path, 'pendingReaders', index],
      'unknown-consumer',
      `must be one of readers (got ${reader}); ${didYouMean(reader, known, 'add it under readers')}`,
    );
  }
};

const checkReplicas = ({ path, secret: { replicas = [] }, environment, report }: SecretScope): void => {
  const own = environment?.region;
  if (own === undefined) return;
  for (const [index, region] of replicas.entries()) {
    if (region === undefined) continue;
    if (region === own) {
      report(
        [...path, 'replicas', index],
        'wrong-replica',
        `must be another region than the environment’s own (got ${region}); leave it out`,
      );
    } else if (partitionOf(region) !== partitionOf(own)) {
      const problem = `must be in partition ${partitionOf(own)}, as ${own} is (got ${region}, in ${partitionOf(region)})`;
      report([...path, 'replicas', index], 'wrong-replica', `${problem}; leave it out`);
    }
  }
};

const checkSensitivity = ({ path, secret, class: name, defaults, isBroken, report }: SecretScope): void => {
  if (secret.sensitivity !== 'standard' || defaults.sensitivity !== 'high') return;
  if (secret.exception !== undefined || isBroken([...path, 'exception'])) return;
  report(
    [...path, 'sensitivity'],
    'weaker-than-class',
    `must be high, as class ${name} asks (got standard); write high, or ${exceptionHint}`,
  );
};

const checkException = ({ path, secret, today, report }: SecretScope): void => {
  const until = secret.exception?.until;
  if (until === undefined || until >= today) return;
  report(
    [...path, 'exception', 'until'],
    'exception-ended',
    `must not have passed (got ${until}, today is ${today}); keep the rule, or have a later date approved`,
  );
};
