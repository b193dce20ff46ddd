/** Shows what a user wrote in a message, unless it may be a secret that was put into the catalog by mistake. */

export type Path = readonly (string | number)[];

/** `secrets.orders-db.readers[1]` */
export const showPath = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? showName(step) : `${text}.${showName(step)}`;
  }, '');

/** A key or name as it was written; one that looks like a credential is withheld. */
export const showName = (name: string): string => (looksLikeSecret(name) ? '(name withheld)' : printable(name));

/** A value as it was written, or its kind; what may be a secret is withheld. */
export const showValue = (value: unknown, path: Path): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return 'a mapping';
  const text = String(value);
  const key = path.findLast((step) => typeof step === 'string') ?? '';
  if ((namesSecret(key) && !isNameTemplate(path)) || looksLikeSecret(text)) return withheld;
  if (key === 'webhook') return showHost(text);
  return typeof value === 'string' ? printable(withoutLogin(text)) : `the ${typeof value} ${text}`;
};

/** `names.secret` of organisation.yaml says how secrets are named. */
const isNameTemplate = (path: Path): boolean => path.length === 2 && path[0] === 'names' && path[1] === 'secret';

const withheld = 'something that is not shown, because it may be a secret';

/** An address without what may be a credential in it: user, password and query. */
const withoutLogin = (text: string): string =>
  text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1…@').replace(/^([a-z][a-z0-9+.-]*:\/\/[^?\s]*\?).+/i, '$1…');

/** The kind of a value, for places where what was written must not be repeated. */
export const showKind = (value: unknown): string => {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || typeof value === 'boolean') return `a ${typeof value}`;
  return showValue(value, []);
};

/** Whether people store secrets under such a key: its value is never shown. */
export const namesSecret = (key: string): boolean =>
  /^(value|key)$|pass(word|wd|phrase|code)|pwd$|token|secret(?!s$)|credential|(private|api|access)[-_]?key/i.test(key);

const knownToken =
  /^(sk|pk|rk)_(live|test)_|^(AKIA|ASIA)[A-Z0-9]{12}|^gh[a-z]_|^github_pat_|^glpat-|^xox[a-z]-|^eyJ|^AIza|-----BEGIN/;

/** Sixteen letters and digits in a row, with both: hex, base64 and most API keys; hardly ever a word or a name. */
const tokenRun = /(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16,}/g;

/** The path and the query of a webhook's address may be a key. */
const showHost = (text: string): string => {
  if (!URL.canParse(text) || new URL(text).host === '') return withheld;
  const { protocol, host, pathname, search } = new URL(text);
  return `${protocol}//${host}${`${pathname}${search}`.length > 1 ? '/…' : ''}`;
};

const looksLikeSecret = (text: string): boolean => knownToken.test(text) || text.search(tokenRun) !== -1;

/** A sentence without what looks like a credential. */
export const withholdSecrets = (sentence: string): string => sentence.replace(tokenRun, '(withheld)');

/** Control characters would reach the terminal, and long text would hide the message. */
const printable = (text: string): string => {
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(short) && short.trim() === short ? short : JSON.stringify(short);
};
