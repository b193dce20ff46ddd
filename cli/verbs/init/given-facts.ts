/** What the options of init give, checked. */
import { basename, resolve } from 'node:path';

import { UsageError } from '../../terminal/errors.ts';
import type { InitFacts, InitialEnvironment } from './init-files.ts';
import type { InitOptions } from './init.ts';

export type GivenFacts = Omit<InitFacts, 'environments' | 'email' | 'below'> &
  Partial<Pick<InitFacts, 'environments' | 'email'>>;

/** @throws {@link UsageError} if an option is not valid */
export const givenFacts = (folder: string, options: InitOptions): GivenFacts => {
  const organisation = options.organisation ?? nameFrom(basename(resolve(folder)));
  const { application, email, branch } = options;
  const owner = options.owner ?? `team-${application}`;
  check('--organisation', organisation, isName, nameRule);
  check('--application', application, isName, nameRule);
  check('--owner', owner, (text) => /^[\w.:/=+@-][\w .:/=+@-]{0,255}$/.test(text), 'write a team such as team-shop');
  check('--branch', branch, isBranch, 'write the name of a branch, such as main');
  if (email !== undefined) check('--email', email, isEmail, emailRule);
  const environments = options.environment?.map(environmentOf);
  checkNames(environments ?? []);
  return { organisation, application, owner, branch, ...(environments && { environments }), ...(email && { email }) };
};

const check = (option: string, value: string, isValid: (value: string) => boolean, rule: string): void => {
  if (!isValid(value)) throw new UsageError(`${option} ${value}: is not valid; ${rule}`);
};

const isName = (text: string): boolean => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text) && text.length <= 40;
const nameRule = 'write lower-case letters, digits and single hyphens, a letter first';
export const isEmail = (text: string): boolean => /^[\w.+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(text);
export const emailRule = 'write an address such as oncall@acme.com';
/** The part of what git allows that needs no quotes in a workflow. */
const isBranch = (text: string): boolean => /^[A-Za-z0-9][\w./-]{0,200}$/.test(text) && !/\.\.|\/\/|[./]$/.test(text);

const environmentOf = (text: string): InitialEnvironment => {
  const [, name = '', account = '', region = ''] =
    /^([^=]+)=([0-9]{12})\/([a-z]{2}(?:-[a-z]+)+-[0-9])$/.exec(text) ?? [];
  if (isName(name)) return { name, account, region };
  throw new UsageError(
    `--environment ${text}: is not valid; write NAME=ACCOUNT/REGION, such as dev=111122223333/eu-west-1`,
  );
};

const checkNames = (environments: readonly InitialEnvironment[]): void => {
  const names = environments.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`--environment: ${twice} is given twice; leave one out`);
};

/** A folder may be called anything. */
const nameFrom = (folder: string): string => {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[0-9-]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-$/, '');
  return isName(name) ? name : 'acme';
};

export const exampleEnvironments: readonly InitialEnvironment[] = [
  { name: 'dev', account: '111122223333', region: 'eu-west-1' },
];
export const exampleEmail = 'oncall@example.com';
