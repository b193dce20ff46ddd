/** What kind of secret it may be, by its tags and its name alone: its value is not looked at. */
import { type SecretClass, secretClasses, secretTag, wordsOfEngines } from '../../../lib/contract/index.ts';

export interface Guess {
  readonly class: SecretClass;
  /** What the guess is based on. */
  readonly by: 'tag' | 'name';
}

/** @returns `undefined` if neither tags nor name contain a hint. */
export const guessClass = (name: string, tags: Readonly<Record<string, string>>): Guess | undefined => {
  const told = Object.entries(tags)
    .filter(([key]) => classTags.has(key.toLowerCase()))
    .map(([, value]) => secretClasses.find((one) => one === value.toLowerCase()))
    .find((one) => one !== undefined);
  if (told !== undefined) return { class: told, by: 'tag' };
  const [named] = words.find(([, pattern]) => pattern.test(name)) ?? [];
  return named && { class: named, by: 'name' };
};

const classTags: ReadonlySet<string> = new Set([secretTag.class, 'class', 'secret-class', 'secret-type', 'type']);

const word = (alternatives: string): RegExp => new RegExp(`(^|-)(${alternatives})(-|$)`);

/** The first that fits a short name of the catalog. */
const words: readonly (readonly [SecretClass, RegExp])[] = [
  ['ssh-key', word('ssh')],
  ['tls-certificate', word('tls|ssl|cert|certs|certificate|x509')],
  ['oauth-client', word('oauth|oauth2|oidc|client-secret|client-credentials')],
  ['signing-key', word('signing|hmac|jwt')],
  ['encryption-key', word('encryption|kek|dek')],
  ['api-key', word('api-key|apikey|api-token|access-token')],
  ['database', word(['db', 'database', 'aurora', 'rds', ...wordsOfEngines(({ nameWords }) => nameWords)].join('|'))],
];
