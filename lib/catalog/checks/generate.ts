/** Checks what Secrets Manager is to generate: possible for the secret, strong enough, and no secret in the template. */
import { charactersLeft, generatedLength } from '../../model/generated-text.ts';
import { namesSecret } from '../messages/show-value.ts';
import { valueOf } from '../entries/value-of.ts';
import type { SecretScope } from './scope.ts';

const leastBits = 128;

export const checkGenerate = (scope: SecretScope): void => {
  const { path, secret, class: name, defaults, report } = scope;
  const { generate } = secret;
  if (generate === undefined || name === 'database' || !defaults.canBeGenerated) return;
  const where = [...path, 'generate'];
  if (secret.adopt !== undefined) {
    report(where, 'not-with-adopt', 'must be left out with adopt: the secret keeps the value that it has', 'key');
    return;
  }
  if (valueOf(secret, defaults) !== 'generated') {
    report(
      where,
      'value-not-generated',
      'needs a generated value (this one is supplied); write value: generated next to it',
      'key',
    );
    return;
  }
  checkTemplate(scope, generate);
  checkStrength(scope, generate);
};

type Generate = NonNullable<SecretScope['secret']['generate']>;

const checkTemplate = ({ path, isBroken, report }: SecretScope, { template, key }: Generate): void => {
  const where = [...path, 'generate'];
  if (isBroken([...where, 'template']) || isBroken([...where, 'key'])) return;
  if (template !== undefined && key === undefined) {
    report(
      [...where, 'key'],
      'missing-key',
      'is missing next to template: the key of the generated text; write password',
    );
  } else if (template === undefined && key !== undefined) {
    report([...where, 'template'], 'missing-key', 'is missing next to key; write {}, or what else the value has');
  }
  for (const entry of Object.keys(template ?? {})) {
    if (entry === key) {
      report(
        [...where, 'template', entry],
        'key-not-possible',
        'is the key of the generated text; take it out of the template',
        'key',
      );
    } else if (namesSecret(entry)) {
      report(
        [...where, 'template', entry],
        'secret-in-catalog',
        'names a secret, and a catalog never holds one; leave it out',
        'key',
      );
    }
  }
};

const checkStrength = ({ path, isBroken, report }: SecretScope, { length, exclude }: Generate): void => {
  const where = [...path, 'generate'];
  if (isBroken([...where, 'length']) || isBroken([...where, 'exclude'])) return;
  const left = charactersLeft(exclude).length;
  const characters = length ?? generatedLength;
  const bits = left < 2 ? 0 : Math.floor(characters * Math.log2(left));
  if (bits >= leastBits) return;
  const [at, write] =
    left < 10
      ? [[...where, 'exclude'], 'fewer characters to exclude']
      : [[...where, 'length'], `a length of ${Math.ceil(leastBits / Math.log2(left))} or more`];
  report(
    at,
    'text-too-weak',
    `makes text of ${bits} bits, and must make ${leastBits} (${characters} of ${left} characters); write ${write}`,
  );
};
