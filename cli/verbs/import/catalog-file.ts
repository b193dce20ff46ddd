/** The text of a catalog file for secrets that exist. */
import { Document, isMap, isScalar, type Pair, Scalar, type YAMLMap } from 'yaml';

import { count } from '../../terminal/errors.ts';
import type { Entry } from './entry.ts';

export interface CatalogFileFacts {
  readonly application: string;
  readonly environment: string;
  /** Absent: a placeholder is written. */
  readonly owner?: string;
  readonly contact: string;
  readonly entries: readonly Entry[];
  /** Path of the JSON Schema for editors, from the file. */
  readonly schema?: string;
}

/** A file that `strongroom validate` accepts as it is; its comments say what is left to decide. */
export const catalogFile = ({
  application,
  environment,
  owner,
  contact,
  entries,
  schema,
}: CatalogFileFacts): string => {
  const document = new Document({
    application,
    owner: owner ?? noOwner,
    contact,
    environments: [environment],
    consumers: {},
    secrets: Object.fromEntries(entries.map((entry) => [entry.name, secretOf(entry)])),
  });
  const { contents } = document;
  if (!isMap(contents)) throw new TypeError('A document of a mapping is not a mapping');
  if (owner === undefined) commentOn(contents, 'owner', 'the team that answers for the secrets');
  document.commentBefore = comment([
    ...(schema === undefined ? [] : [`yaml-language-server: $schema=${schema}`]),
    `${count(entries.length, 'secret')} of ${environment} that ${entries.length === 1 ? 'exists' : 'exist'} already, written by strongroom import. ` +
      'Before you deploy: write who reads under consumers, and name them as readers of each secret. From the deployment on ' +
      'nobody else can read.',
  ]);
  const environments = contents.get('environments', true);
  if (environments) Object.assign(environments, { flow: true });
  before(contents, 'consumers', ['For example api: { role: the-role-that-reads-now } or api: { runsOn: ecs }']);
  const secrets = contents.get('secrets', true);
  if (!isMap(secrets)) throw new TypeError('The secrets of a document are not a mapping');
  for (const [index, { name, secret, notes, warnings }] of entries.entries()) {
    before(secrets, name, [
      secret.name,
      ...notes.map((note) => `- ${note}`),
      ...warnings.map((warning) => `- BEFORE YOU DEPLOY: ${warning}`),
    ]);
    const key = pairOf(secrets, name).key;
    if (index > 0) key.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0, singleQuote: true });
};

const noOwner = 'nobody-yet';

const secretOf = ({ class: secretClass, secret: { description, arn, keyArn }, rotation, exception }: Entry) => ({
  class: secretClass,
  ...(description !== undefined && description.trim() !== '' && { description }),
  readers: [],
  rotation: rotation ? { function: rotation.functionArn, role: rotation.roleArn, every: rotation.every } : 'manual',
  ...(exception && { exception }),
  adopt: { arn, ...(keyArn !== undefined && { key: keyArn }) },
});

const commentOn = (map: YAMLMap, name: string, text: string): void => {
  const { value } = pairOf(map, name);
  if (isScalar(value)) value.comment = ` ${text}`;
};

const before = (map: YAMLMap, name: string, lines: readonly string[]): void => {
  pairOf(map, name).key.commentBefore = comment(lines);
};

const pairOf = (map: YAMLMap, name: string): Pick<Pair<Scalar>, 'key' | 'value'> => {
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === name);
  if (!pair || !(pair.key instanceof Scalar)) throw new TypeError(`The document has no key ${name}`);
  return { key: pair.key, value: pair.value };
};

const comment = (lines: readonly string[]): string =>
  lines
    .flatMap((line) => wrapped(line.replaceAll(/\s+/g, ' ')))
    .map((line) => ` ${line}`)
    .join('\n');

const width = 110;

/** Lines of whole words, those after the first indented as the text of a list is. */
const wrapped = (text: string): string[] => {
  const indent = text.startsWith('- ') ? '  ' : '';
  const [first = '', ...words] = text.split(' ');
  const lines = [first];
  for (const word of words) {
    const line = `${lines.at(-1) ?? ''} ${word}`;
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(indent + word);
  }
  return lines;
};
