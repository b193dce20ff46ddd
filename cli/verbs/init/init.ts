/** `strongroom init`: writes a catalog, a CDK app and CI workflows into a repository of the user's own. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

import { exampleAccounts, isExampleHost } from '../../catalog/example-values.ts';
import { type PlannedFile, writeAll } from '../../adapters/write-all.ts';
import { CommandError, count, exitCode } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { stylesOf } from '../../terminal/styles.ts';
import { askForMissing } from './ask.ts';
import { checkCatalogFiles } from './check-catalog-files.ts';
import { exampleEmail, exampleEnvironments, givenFacts } from './given-facts.ts';
import { type InitFacts, initFiles } from './init-files.ts';
import { type InitPlan, planFiles } from './plan-files.ts';

export interface InitOptions {
  readonly organisation?: string;
  /** `dev=111122223333/eu-west-1` */
  readonly environment?: readonly string[];
  readonly application: string;
  readonly owner?: string;
  readonly email?: string;
  readonly branch: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/**
 * Writes all files or none.
 *
 * @returns 130 after Ctrl-C at a question
 * @throws {@link UsageError} if an option is not valid
 * @throws {@link CommandError} `files-exist` with every file that exists and differs, or `write-failed`
 */
export const init = async (host: Host, folder: string, options: InitOptions): Promise<number> => {
  const given = givenFacts(folder, options);
  const facts = options.yes ? given : await askForMissing(host, given);
  if (facts === undefined) {
    host.stderr.write('Interrupted: nothing was written.\n');
    return exitCode.interrupted;
  }
  const root = resolve(folder);
  const top = topOfRepository(root);
  const complete: InitFacts = {
    ...facts,
    environments: facts.environments ?? exampleEnvironments,
    email: facts.email ?? exampleEmail,
    below: relative(top, root).split(sep).join('/'),
  };
  const files = initFiles(complete);
  checkCatalogFiles(files, host.now());
  const plan = planFiles({ folder: root, repository: top }, files);
  if (plan.different.length > 0) throw existing(plan.different);
  if (!options.dryRun) writeAll(plan.files.flatMap(({ planned }) => planned ?? []));
  report(host, folder, complete, plan, options.dryRun ?? false);
  return exitCode.ok;
};

/** GitHub reads workflows at the top of a repository only. */
const topOfRepository = (folder: string): string => {
  for (let path = folder; ; path = dirname(path)) {
    if (existsSync(join(path, '.git'))) return path;
    if (dirname(path) === path) return folder;
  }
};

const existing = (files: readonly string[]): CommandError =>
  new CommandError(
    'files-exist',
    `nothing was written: ${files.join(', ')} ${files.length === 1 ? 'exists and differs' : 'exist and differ'} from what init writes; ` +
      'move what you want to keep, or name an empty folder, such as strongroom init secrets',
  );

const report = (host: Host, folder: string, facts: InitFacts, { files, kept }: InitPlan, dryRun: boolean): void => {
  const { green, dim, yellow } = stylesOf(host);
  const changed = files.filter(({ planned }) => planned !== undefined);
  const toReplace = examplesIn(facts);
  const next = nextSteps(folder, facts, toReplace);
  const result = {
    folder: resolve(folder),
    dryRun,
    files: files.map(({ path, planned }) => ({ path, result: resultOf(planned, dryRun) })),
    kept,
    examples: toReplace,
    next,
  };
  print(host, result, () => [
    ...files.map(({ path, planned }) => {
      const word = resultOf(planned, dryRun);
      return planned === undefined ? dim(`${word} ${path}`) : `${green(word)} ${path}`;
    }),
    ...kept.map(
      ({ file, entry, found, wanted }) => `${yellow('kept')} ${file}: ${entry} ${found} (init writes ${wanted})`,
    ),
    changed.length === 0
      ? 'Nothing to write.'
      : `${dryRun ? 'Would write' : 'Wrote'} ${count(changed.length, 'file')}.`,
    ...(dryRun ? [] : ['', 'Next:', ...next.map((step, index) => `  ${index + 1}. ${step}`)]),
  ]);
};

const resultOf = (planned: PlannedFile | undefined, dryRun: boolean): string => {
  if (planned === undefined) return 'unchanged';
  const word = planned.previous === undefined ? 'create' : 'change';
  return dryRun ? `would ${word}` : `${word}d`;
};

const examplesIn = ({ environments, email }: InitFacts): string[] => [
  ...environments
    .filter(({ account }) => exampleAccounts.has(account))
    .map(({ name, account }) => `account ${account} of ${name}`),
  ...(isExampleHost(email) ? [`e-mail address ${email}`] : []),
];

const nextSteps = (folder: string, { environments }: InitFacts, toReplace: readonly string[]): string[] => {
  const [first = 'dev'] = environments.map(({ name }) => name);
  return [
    ...(resolve(folder) === process.cwd()
      ? []
      : [`cd ${/^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", String.raw`'\''`)}'`}`]),
    'npm install',
    ...(toReplace.length > 0 ? [`In catalog/organisation.yaml replace the examples: ${toReplace.join(', ')}`] : []),
    'npx strongroom validate',
    'npx cdk synth --quiet    (needs no AWS account)',
    'git add . && git commit  (with package-lock.json: CI installs what it names)',
    `npx strongroom validate --iam ${first}, then deploy: node_modules/strongroom/docs/starting.md`,
  ];
};
