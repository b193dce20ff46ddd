/** Writes a catalog of any size: an organisation with one environment, its applications, and a mixture of secrets. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CatalogSize {
  readonly applications: number;
  /** Over all applications. */
  readonly secrets: number;
}

/** The name of the one environment. */
export const generatedEnvironment = 'prod';

/** Writes `organisation.yaml` and an `app-NNN.yaml` for each application; the same size gives the same files. */
export const writeGeneratedCatalog = async (folder: string, { applications, secrets }: CatalogSize): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const contacts = Math.ceil(applications / applicationsAContact);
  await writeFile(join(folder, 'organisation.yaml'), organisation(contacts));
  for (let index = 0; index < applications; index++) {
    const from = Math.floor((index * secrets) / applications);
    const to = Math.floor(((index + 1) * secrets) / applications);
    await writeFile(join(folder, `${nameOf(index)}.yaml`), application(index, to - from));
  }
};

/** A team answers for several applications. */
const applicationsAContact = 10;

const nameOf = (index: number): string => `app-${String(index).padStart(3, '0')}`;

const organisation = (contacts: number): string =>
  lines(
    'organisation: generated',
    'environments:',
    `  ${generatedEnvironment}:`,
    "    account: '111122223333'",
    '    region: eu-west-1',
    '    breakGlass: [arn:aws:iam::111122223333:role/break-glass]',
    '    operators: [arn:aws:iam::111122223333:role/operator]',
    'contacts:',
    ...Array.from({ length: contacts }, (_, index) => `  team-${index}: { email: team-${index}@generated.example }`),
    'contact: team-0',
    'siem: { type: splunk-hec, url: https://splunk.example.com:8088, index: aws_secrets }',
  );

const application = (index: number, secrets: number): string =>
  lines(
    `application: ${nameOf(index)}`,
    `owner: team-${Math.floor(index / applicationsAContact)}`,
    `contact: team-${Math.floor(index / applicationsAContact)}`,
    'consumers:',
    '  api: { runsOn: ecs }',
    '  worker: { runsOn: lambda }',
    `  report: { role: report-${index} }`,
    'secrets:',
    ...Array.from({ length: secrets }, (_, secret) => secretOf(index, secret)).flat(),
  );

/** Of ten secrets four are for databases; who reads them goes round in sevens, so that every pair comes up. */
const secretOf = (app: number, index: number): string[] => [
  `  secret-${index}:`,
  `    readers: [${(readersInTurn[index % readersInTurn.length] ?? []).join(', ')}]`,
  ...(kinds[index % kinds.length] ?? database)(app, index).map((line) => `    ${line}`),
];

const readersInTurn: readonly (readonly string[])[] = [
  ['api'],
  ['api', 'worker'],
  ['worker'],
  ['api', 'report'],
  ['api', 'worker', 'report'],
  ['report'],
  [],
];

const database = (app: number, index: number): string[] => [
  'class: database',
  ...(servers[app % servers.length] ?? onRds)(app, index),
  `username: app_${app}_user_${index}`,
];

const onRds = (app: number, index: number): string[] => [
  'engine: postgres',
  `host: { rds: orders-${app} }`,
  'dbname: orders',
  `rotation: { strategy: ${index % 2 === 0 ? 'alternating-users' : 'single-user'}, admin: { managedBy: rds } }`,
];

const managed = 'rotation: { admin: { managedBy: rds } }';

const servers: readonly ((app: number, index: number) => string[])[] = [
  onRds,
  (app) => ['engine: mysql', `host: { rdsCluster: shop-${app} }`, 'dbname: shop', managed],
  (app) => ['engine: postgres', `host: postgres-${app}.generated.example`, 'dbname: ledger', 'value: supplied'],
  (app) => ['engine: mongo', `host: { rdsCluster: documents-${app} }`, 'dbname: admin', managed],
];

const byHand = [
  'rotation: manual',
  'exception: { reason: The provider has no API that rolls it, approvedBy: security, until: 2099-12-31 }',
];

const kinds: readonly ((app: number, index: number) => string[])[] = [
  database,
  () => ['class: signing-key', 'description: Signs what partners receive'],
  () => ['class: api-key', 'value: supplied', 'sensitivity: high', ...byHand],
  database,
  () => ['class: encryption-key'],
  database,
  () => ['class: generic', 'value: supplied', 'description: What another team keeps here'],
  () => ['class: oauth-client', ...byHand],
  database,
  () => ['class: tls-certificate', ...byHand],
];

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;
