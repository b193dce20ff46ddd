/** How hard a generated value is to guess, in bits. */
import { flatten, member } from '../template/properties.ts';

const lower = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Of `GenerateSecretString`: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
export const entropyOf = (generated: unknown): number => {
  const is = (name: string): boolean => member(generated, name) === true;
  const alphabet = [
    is('excludeLowercase') ? '' : lower,
    is('excludeUppercase') ? '' : lower.toUpperCase(),
    is('excludeNumbers') ? '' : digits,
    is('excludePunctuation') ? '' : punctuation,
    is('includeSpace') ? ' ' : '',
  ].join('');
  const excluded = flatten(member(generated, 'excludeCharacters') ?? '');
  const left = Array.from(alphabet).filter((character) => !excluded.includes(character)).length;
  return Number(member(generated, 'passwordLength') ?? 32) * Math.log2(Math.max(left, 1));
};
