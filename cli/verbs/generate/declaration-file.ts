/** The TypeScript that declares what the consumers of one application may read. Pure. */
import type { IamDatabase } from '../../../client/index.ts';
import type { DeclaredReads, LeftOut } from './declared-reads.ts';

/** Begins every file that the command wrote, and may therefore write again. */
export const fileMark = '// Made by strongroom generate';

/** Shaped as Prettier shapes it, with single quotes and 120 columns. The same reads give the same text. */
export const declarationFile = (application: string, reads: readonly DeclaredReads[]): string =>
  [
    `${fileMark} from application ${application} of the catalog: change it there, and run the command again.`,
    ...(reads.length === 0
      ? ['export {};']
      : [`import type { SecretsDeclaration, SecretsOf } from '@strongroom/client';`]),
    ...reads.flatMap((one) => ['', ...consumerLines(one)]),
    '',
  ].join('\n');

const consumerLines = ({ declaration, descriptions, leftOut }: DeclaredReads): string[] => {
  const { application, consumer, secrets, environments } = declaration;
  const constant = constantOf(application, consumer);
  return [
    ...comment([
      `What consumer ${consumer} of ${application} may read: \`createSecrets(${constant})\`.`,
      ...(leftOut.length === 0
        ? []
        : ['', `Not in all environments, and so not here: ${leftOut.map(inWords).join('; ')}.`]),
    ]),
    `export const ${constant} = {`,
    `  application: ${text(application)},`,
    `  consumer: ${text(consumer)},`,
    ...record(
      'secrets',
      Object.entries(secrets).map(([name, secretClass]) => [
        ...about(descriptions.get(name)),
        `${key(name)}: ${text(secretClass)},`,
      ]),
    ).map(indented),
    ...record(
      'environments',
      Object.entries(environments).map(([name, { secretIds = {}, iamDatabases = {} }]) =>
        record(name, [
          ...optionalRecord(
            'secretIds',
            Object.entries(secretIds).map(([secret, id]) => [`${key(secret)}: ${text(id)},`]),
          ),
          ...optionalRecord(
            'iamDatabases',
            Object.entries(iamDatabases).map(([database, facts]) => [
              ...about(descriptions.get(database)),
              ...databaseLines(database, facts),
            ]),
          ),
        ]),
      ),
    ).map(indented),
    `} as const satisfies SecretsDeclaration;`,
    '',
    `/** The client of consumer ${consumer}. */`,
    `export type ${typeOf(constant)} = SecretsOf<typeof ${constant}>;`,
  ];
};

const inWords = ({ name, environments }: LeftOut): string => `${name} (only in ${environments.join(', ')})`;

const databaseLines = (name: string, { host, port, dbname, username, region }: IamDatabase): string[] =>
  record(name, [
    [`host: ${text(host)},`],
    [`port: ${port},`],
    ...(dbname === undefined ? [] : [[`dbname: ${text(dbname)},`]]),
    [`username: ${text(username)},`],
    ...(region === undefined ? [] : [[`region: ${text(region)},`]]),
  ]);

/** `name: { … },` of members that are lines themselves. */
const record = (name: string, members: readonly (readonly string[])[]): string[] =>
  members.length === 0 ? [`${key(name)}: {},`] : [`${key(name)}: {`, ...members.flat().map(indented), '},'];

const optionalRecord = (name: string, members: readonly (readonly string[])[]): string[][] =>
  members.length === 0 ? [] : [record(name, members)];

const about = (description: string | undefined): string[] => (description === undefined ? [] : comment([description]));

const comment = (lines: readonly string[]): string[] => {
  // Text of a catalog must not end the comment.
  const safe = lines.map((line) => line.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ').trim());
  return safe.length === 1
    ? [`/** ${safe.join('')} */`]
    : ['/**', ...safe.map((line) => ` * ${line}`.trimEnd()), ' */'];
};

const indented = (line: string): string => `  ${line}`;

const key = (name: string): string => (/^[a-z][a-z0-9]*$/i.test(name) ? name : text(name));

const text = (value: string): string =>
  /^[^'\\\p{C}]*$/u.test(value)
    ? `'${value}'`
    : JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

/** `paymentsApi`; digits keep their distance, so that no two consumers have one name. */
const constantOf = (application: string, consumer: string): string =>
  `${application}-${consumer}`.replaceAll(/-([a-z0-9])/g, (_dash, next: string) =>
    /[a-z]/.test(next) ? next.toUpperCase() : `_${next}`,
  );

const typeOf = (constant: string): string => `${constant.charAt(0).toUpperCase()}${constant.slice(1)}Secrets`;
