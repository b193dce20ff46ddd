/** The files that init writes. */
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { applicationYaml, organisationYaml } from './catalog-files.ts';
import { dependencies, devDependencies } from './dependencies.ts';
import { deployWorkflow, pullRequestWorkflow } from './workflows.ts';

export interface InitialEnvironment {
  readonly name: string;
  readonly account: string;
  readonly region: string;
}

export interface InitFacts {
  readonly organisation: string;
  readonly environments: readonly InitialEnvironment[];
  readonly application: string;
  readonly owner: string;
  readonly email: string;
  /** The branch that is deployed. */
  readonly branch: string;
  /** Path of the folder from the top of its repository; empty if it is the top. */
  readonly below: string;
}

export interface InitFile {
  /** With `/`, from the folder, or from the top of the repository. */
  readonly path: string;
  readonly text: string;
  /** @default 'folder' */
  readonly from?: 'folder' | 'repository';
  /** How it is merged into an existing file. Absent: an existing file must be the same. */
  readonly merge?: 'package.json' | 'lines';
}

export const initFiles = (facts: InitFacts): InitFile[] => [
  { path: 'catalog/organisation.yaml', text: organisationYaml(facts) },
  { path: `catalog/${facts.application}.yaml`, text: applicationYaml(facts) },
  { path: 'bin/app.ts', text: appTs },
  { path: 'cdk.json', text: json({ app: 'node --import tsx bin/app.ts', ...withoutApp(cdkJson) }) },
  { path: 'package.json', text: json(manifest(facts)), merge: 'package.json' },
  { path: 'tsconfig.json', text: json(tsconfig) },
  { path: '.gitignore', text: 'node_modules/\ncdk.out/\n', merge: 'lines' },
  { path: '.github/workflows/strongroom-pull-request.yml', text: pullRequestWorkflow(facts), from: 'repository' },
  { path: '.github/workflows/strongroom-deploy.yml', text: deployWorkflow(facts), from: 'repository' },
];

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

const withoutApp = ({ app: _, ...rest }: typeof cdkJson): object => rest;

const appTs = `/** The CDK app: the stacks of every environment of catalog/. */
import { synthCatalog } from 'strongroom';

synthCatalog();
`;

const manifest = ({ organisation }: InitFacts): object => ({
  name: `${organisation}-secrets`,
  private: true,
  type: 'module',
  scripts: { validate: 'strongroom validate', synth: 'cdk synth --quiet', typecheck: 'tsc' },
  dependencies,
  devDependencies,
});

const tsconfig = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  },
  include: ['bin'],
};
