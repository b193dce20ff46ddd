/** `strongroom import`: writes a catalog file for secrets that exist already. Nothing changes in AWS. */
import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { type EnvironmentCatalog, type RotationException } from '../../../lib/model/index.ts';
import { loadCatalog, loadClassDefaults } from '../../../lib/catalog/index.ts';
import { environmentNamed } from '../../catalog/catalog-names.ts';
import { CommandError, count, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { catalogFile } from './catalog-file.ts';
import { entriesOf, type Entry } from './entry.ts';
import { type LeftOut, sortOut } from './sort-out.ts';
import type { ConnectInventory, ExistingSecret, Selection } from '../../operators/existing-secret.ts';
import { checkAccount } from '../../operators/target.ts';
import { table } from '../../terminal/table.ts';
import { stylesOf } from '../../terminal/styles.ts';

export interface ImportOptions {
  readonly catalog: string;
  readonly environment: string;
  readonly application: string;
  readonly prefix?: string;
  /** `KEY=VALUE` */
  readonly tag?: string;
  readonly region?: string;
  /** File that is written. @default APPLICATION.yaml in the folder of the catalog */
  readonly out?: string;
  readonly owner?: string;
  readonly contact?: string;
  /** With `until`: excuses secrets whose class rotates. */
  readonly approvedBy?: string;
  readonly until?: string;
  /** Overwrite an existing file. */
  readonly force?: boolean;
}

/**
 * @throws {@link UsageError} where an option names nothing that can be, or the file is there already
 * @throws {@link CatalogError} where the catalog is not valid, or would not be with the file
 * @throws {@link CommandError} `secret-unknown`, `account-mismatch`, `aws-…`
 */
export const importSecrets = async (host: Host, connect: ConnectInventory, options: ImportOptions): Promise<void> => {
  const selection = selectionOf(options);
  const exception = exceptionOf(options);
  const file = plannedFile(options);
  const { catalog, environment } = catalogWithout(host, options, file);
  const found = await findSecrets(connect, selection, environment);
  const { taken, leftOut } = sortOut(found, environment, catalog);
  if (taken.length === 0) throw nothingFound(selection, environment, leftOut);
  const entries = entriesOf(taken, {
    defaultsOf: loadClassDefaults(options.catalog),
    environment,
    ...(exception && { exception }),
  });
  const text = catalogFile({
    application: options.application,
    environment: environment.name,
    contact: options.contact ?? environment.contact.name,
    entries,
    ...(options.owner !== undefined && { owner: options.owner }),
    ...schemaFor(options, file),
  });
  loadCatalog(options.catalog, { today: host.now(), draft: { name: file.name, text } });
  write(file.path, text, options.force ?? false);
  report(host, { file: file.path, application: options.application, environment, entries, leftOut });
};

const selectionOf = ({ prefix, tag }: ImportOptions): Selection => {
  if (prefix !== undefined && tag === undefined) {
    // Names of services also have !, which ListSecrets would take for a negation.
    if (/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(prefix)) return { prefix };
    throw new UsageError(`--prefix ${prefix}: is not valid; a name has only letters, digits and / _ + = . @ -`);
  }
  if (tag === undefined || prefix !== undefined) {
    throw new UsageError('no secrets are selected: write --prefix legacy/shop/ or --tag team=shop');
  }
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(tag) ?? [];
  if (key !== undefined && value !== undefined) return { tag: { key, value } };
  throw new UsageError(`--tag ${tag}: write KEY=VALUE, such as team=shop`);
};

const exceptionOf = ({ approvedBy, until }: ImportOptions): RotationException | undefined => {
  if (approvedBy === undefined && until === undefined) return undefined;
  if (approvedBy !== undefined && until !== undefined) {
    return { reason: 'Taken over as it was; its rotation is not decided yet', approvedBy, until };
  }
  throw new UsageError(
    '--approved-by NAME and --until 2027-03-31 go together: an exception has an approver and an end',
  );
};

interface PlannedFile {
  readonly path: string;
  /** The name that it would have in the folder of the catalog. */
  readonly name: string;
  readonly isInCatalog: boolean;
}

const plannedFile = ({ catalog, application, out, force = false }: ImportOptions): PlannedFile => {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(application)) {
    throw new UsageError(
      `--application ${application}: must be a name of lower-case letters, digits and single hyphens; write a name such as shop`,
    );
  }
  const name = `${application}.yaml`;
  const path = out ?? join(catalog, name);
  const isInCatalog = resolve(dirname(path)) === resolve(catalog);
  if (isInCatalog && basename(path) !== name) {
    throw new UsageError(
      `--out ${path}: a file of the catalog has the name of its application; write ${join(catalog, name)}`,
    );
  }
  if (existsSync(path) && !force) {
    throw new UsageError(`${path} exists: --force overwrites it, --out another.yaml writes another file`);
  }
  return { path, name, isInCatalog };
};

/** What the file takes the place of says nothing any more. */
const catalogWithout = (host: Host, options: ImportOptions, { name, isInCatalog }: PlannedFile) => {
  const catalog = loadCatalog(options.catalog, { today: host.now(), ...(isInCatalog && { draft: { name } }) });
  const environment = environmentNamed(catalog, '--environment', options.environment);
  if (options.region !== undefined && options.region !== environment.region) {
    throw new UsageError(
      `--region ${options.region}: ${environment.name} is in ${environment.region}; leave --region out`,
    );
  }
  return { catalog, environment };
};

const findSecrets = async (
  connect: ConnectInventory,
  selection: Selection,
  { name, account, region }: EnvironmentCatalog,
): Promise<readonly ExistingSecret[]> => {
  const inventory = await connect(region);
  try {
    await checkAccount(inventory, { environment: name, account });
    return await inventory.find(selection);
  } finally {
    inventory.close();
  }
};

const nothingFound = (
  selection: Selection,
  { name, account, region }: EnvironmentCatalog,
  leftOut: readonly LeftOut[],
): CommandError => {
  const what =
    'prefix' in selection
      ? `whose name begins with ${selection.prefix}`
      : `with tag ${selection.tag.key}=${selection.tag.value}`;
  const why =
    leftOut.length === 0
      ? 'case counts; aws secretsmanager list-secrets shows what there is'
      : leftOut.map((one) => `${one.name} is left out, as ${one.why}`).join('; ');
  return new CommandError(
    'secret-unknown',
    `${name} (account ${account}, ${region}) has no secret to take over ${what}: ${why}`,
  );
};

const schemaFor = ({ catalog }: ImportOptions, { path }: PlannedFile): { schema?: string } => {
  const schema = join(catalog, 'schema', 'application.schema.json');
  return existsSync(schema) ? { schema: relative(dirname(path), schema) } : {};
};

const write = (path: string, text: string, force: boolean): void => {
  try {
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new UsageError(`${path} can't be written (${message}): name another file with --out`, { cause });
  }
};

interface Report {
  readonly file: string;
  readonly application: string;
  readonly environment: EnvironmentCatalog;
  readonly entries: readonly Entry[];
  readonly leftOut: readonly LeftOut[];
}

const report = (host: Host, { file, application, environment, entries, leftOut }: Report): void => {
  const { green, yellow, dim } = stylesOf(host);
  const result = {
    file,
    environment: environment.name,
    secrets: entries.map(({ name, class: secretClass, secret, notes, warnings }) => ({
      name,
      class: secretClass,
      arn: secret.arn,
      notes,
      warnings,
    })),
    leftOut,
  };
  print(host, result, () => [
    `${green('written')} ${file}: ${count(entries.length, 'secret')} of ${environment.name}; nothing was changed in AWS`,
    '',
    table(
      host,
      ['SECRET', 'CLASS', 'IN AWS'],
      entries.map((entry) => [entry.name, entry.class, entry.secret.name]),
    ),
    ...entries.flatMap(({ name, warnings }) => warnings.map((warning) => `${yellow(name)}: ${warning}`)).map(spaced),
    ...leftOut.map(({ name, why }) => dim(`left out ${name}: ${why}`)).map(spaced),
    '',
    'Before you deploy: name consumers and readers in the file. Principals that are not named lose access.',
    `Then tag the secrets, with the commands that strongroom handover -a ${application} -e ${environment.name} prints. See docs/adoption.md.`,
  ]);
};

/** A blank line before the first of a list. */
const spaced = (line: string, index: number): string => (index === 0 ? `\n${line}` : line);
