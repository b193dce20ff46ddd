/** The characters that Secrets Manager generates: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */

export const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
export const upperCase = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const lowerCase = 'abcdefghijklmnopqrstuvwxyz';
export const digits = '0123456789';

export const generatedLength = 32;
/** Leaves `-._~`: what stays needs no quoting in a URI, a shell or JSON. */
export const quotedCharacters = ' !"#$%&\'()*+,/:;<=>?@[\\]^`{|}';

export const charactersLeft = (exclude: string = quotedCharacters): string[] =>
  `${lowerCase}${upperCase}${digits}${punctuation}`.split('').filter((character) => !exclude.includes(character));
