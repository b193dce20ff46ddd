/** The `strongroom` command: its verbs and their options. */
import { Command, Option } from 'commander';

import manifest from './package.json' with { type: 'json' };
import { bootstrapTemplate, type BootstrapTemplateOptions } from './verbs/bootstrap-template/bootstrap-template.ts';
import { access, type AccessOptions } from './verbs/access/access.ts';
import { deployPlan, type DeployPlanOptions } from './verbs/deploy-plan/deploy-plan.ts';
import { diagnose, preflight } from './verbs/diagnose/diagnose.ts';
import { generate, type GenerateOptions } from './verbs/generate/generate.ts';
import { handover, type HandoverOptions } from './verbs/handover/handover.ts';
import { place, type PlaceOptions } from './verbs/place/place.ts';
import { importSecrets, type ImportOptions } from './verbs/import/import.ts';
import { repair } from './verbs/repair/repair.ts';
import { rotate } from './verbs/rotate/rotate.ts';
import { validate, type ValidateOptions } from './verbs/validate/validate.ts';
import { parseDuration } from './terminal/duration.ts';
import { exitCode, reportError } from './terminal/errors.ts';
import { help } from './terminal/help.ts';
import type { Host } from './terminal/host.ts';
import type { ConnectIam } from './operators/look-up.ts';
import type { ConnectInventory } from './operators/existing-secret.ts';
import type { ConnectAws } from './operators/ports.ts';
import type { TargetOptions } from './operators/target.ts';

export interface RunOptions {
  /** Show the stack of what nobody expected. @default false */
  readonly debug?: boolean;
  /** @default the SDK's clients, under the credentials of its own chain */
  readonly connect?: ConnectAws;
  /** Where `import` looks. @default likewise */
  readonly connectInventory?: ConnectInventory;
  /** Where `validate --iam` looks. @default likewise */
  readonly connectIam?: ConnectIam;
}

/** Runs the command with its arguments (without `node` and the script), and gives the exit code. Never throws. */
export const run = async (args: readonly string[], host: Host, options: RunOptions = {}): Promise<number> => {
  const result: { exitCode: number } = { exitCode: exitCode.ok };
  try {
    const { connect = connectLater, connectInventory = connectInventoryLater, connectIam = connectIamLater } = options;
    const program = createProgram(host, { connect, connectInventory, connectIam }, result);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return result.exitCode;
  } catch (error) {
    return reportError(host, error, options.debug ?? false);
  }
};

/** The verbs that read files only need no SDK, so it is loaded when it is needed. */
const connectLater: ConnectAws = async (region) => (await import('./adapters/operator-aws.ts')).connectAws(region);

const connectInventoryLater: ConnectInventory = async (region) =>
  (await import('./adapters/inventory.ts')).connectInventory(region);

const connectIamLater: ConnectIam = async (region) => (await import('./adapters/iam.ts')).connectIam(region);

const oneSecret = 'APPLICATION/SECRET of --environment, the full name, or the ARN';
const secretOrAll = 'the secret; without it every one of the environment that rotates by itself';

type Connections = Required<Pick<RunOptions, 'connect' | 'connectInventory' | 'connectIam'>>;

const createProgram = (
  host: Host,
  { connect, connectInventory, connectIam }: Connections,
  result: { exitCode: number },
): Command => {
  const program = new Command('strongroom')
    .description(
      'Checks a catalog of secrets, shows what it gives whom, and looks after rotation. See docs/commands.md.',
    )
    .version(manifest.version)
    .option('--no-color', 'no colours; so does NO_COLOR in the environment')
    .addHelpText('after', help.all)
    .configureOutput(outputOf(host))
    .exitOverride()
    .showHelpAfterError('Run strongroom --help for its verbs; options stand after the verb.')
    .showSuggestionAfterError();
  const lookWith =
    (look: typeof diagnose) =>
    async (word: string | undefined, options: RawOptions, command: Command): Promise<void> => {
      result.exitCode = await look(host, connect, word, placeFrom(options, command));
    };

  verb(program, 'validate', 'Check every file of a catalog, and say what it would give')
    .option('--iam <environment>', 'ask its account, too, whether the roles and policies that it names are there')
    .addHelpText('after', help.validate)
    .action(async (options: ValidateOptions) => {
      await validate(host, connectIam, options);
    });

  verb(program, 'access', 'Show who may read, write and rotate which secret, and what allows it')
    .option('-e, --environment <name>', 'only this environment')
    .option('-a, --application <name>', 'only this application (strongroom: the platform itself)')
    .option('--svg <file>', 'draw it, in place of the table')
    .option('--diff <commit>', 'say what the catalog widens and narrows since a commit, a branch or a tag')
    .option('--guard <environment...>', 'with --diff: whose widening ends with 3 (what begins with prod)')
    .addHelpText('after', help.access)
    .action((options: AccessOptions) => {
      result.exitCode = access(host, options);
    });

  verb(program, 'generate', 'Write what applications may read as TypeScript, so that a wrong read does not compile')
    .option('-e, --environment <name>', 'only what is read in this environment')
    .option('-a, --application <name>', 'only this application')
    .option('-o, --out <folder>', 'where the files are written', 'strongroom')
    .option('--check', 'write nothing; end with 2 where a file is not what the catalog says')
    .addHelpText('after', help.generate)
    .action((options: GenerateOptions) => {
      generate(host, options);
    });

  verb(program, 'handover', 'Print what no deploy makes: for permission sets, other accounts, and adopted secrets')
    .option('-e, --environment <name>', 'only who reads in this environment')
    .option('-a, --application <name>', 'only who reads secrets of this application')
    .addHelpText('after', help.handover)
    .action((options: HandoverOptions) => {
      handover(host, options);
    });

  verb(program, 'place', 'Write down which stack each secret is in, for applications that pass one stack')
    .option('--since <commit>', 'the commit that is deployed, where an application grew past a stack at once')
    .option('--nothing-deployed', 'no secret of the catalog is in AWS yet: a new repository, with or without commits')
    .option('--check', 'write nothing; end with 2 where the file is not what the catalog needs')
    .addHelpText('after', help.place)
    .action((options: PlaceOptions) => {
      place(host, options);
    });

  verb(program, 'deploy-plan', 'Show which stacks a change of the catalog touches, and refuse to lose a live secret')
    .option('--since <commit>', 'the commit that is deployed', 'HEAD')
    .option('--allow-replace', 'go on where a secret would be left behind or replaced')
    .addOption(timeoutOption('how long each of the two synths may take'))
    .addHelpText('after', help.deployPlan)
    .action(async (options: DeployPlanOptions) => {
      result.exitCode = await deployPlan(host, options);
    });

  verb(program, 'bootstrap-template', 'Write the template of cdk bootstrap so that named roles alone may deploy')
    .requiredOption('--deployer <arn...>', 'the roles under which cdk deploy runs')
    .option('-o, --out <file>', 'the file that is written (standard output)')
    .addHelpText('after', help.bootstrapTemplate)
    .action(async (options: BootstrapTemplateOptions) => {
      await bootstrapTemplate(host, options);
    });

  verb(program, 'import', 'Write a catalog file for secrets that exist already, so that a deploy takes them over')
    .requiredOption('-a, --application <name>', 'the application that the file is for')
    .requiredOption('-e, --environment <name>', 'the environment that the secrets are of')
    .option('--prefix <text>', 'secrets whose name begins so')
    .option('--tag <key=value>', 'secrets that have this tag')
    .option('-o, --out <file>', 'the file that is written (the application’s, in the folder of the catalog)')
    .option('--owner <team>', 'who answers for the secrets')
    .option('--contact <name>', 'who is told of them: a contact of organisation.yaml (that of the platform)')
    .option('--approved-by <name>', 'who approves that secrets whose class rotates are rotated by hand')
    .option('--until <date>', 'last day of that approval')
    .option('--region <region>', 'where the environment is; anything else is refused')
    .option('--force', 'write over a file that is there')
    .addHelpText('after', help.import)
    .action(async (options: ImportOptions) => {
      await importSecrets(host, connectInventory, options);
    });

  operatorsVerb(program, 'preflight', 'Check everything that a rotation needs, before the first one; changes nothing')
    .argument('[secret]', secretOrAll)
    .addHelpText('after', help.preflight)
    .action(lookWith(preflight));

  operatorsVerb(program, 'rotate', 'Rotate a secret now')
    .argument('<secret>', oneSecret)
    .option('-w, --wait', 'follow the rotation to its end')
    .addOption(timeoutOption('how long --wait waits'))
    .option('--force', 'rotate though the credential before the current one is still in its grace time')
    .addHelpText('after', help.rotate)
    .action(async (word: string, options: RawOptions & RotateFlags, command: Command) => {
      const { wait = false, force = false, timeout: timeoutMs } = options;
      const place = placeFrom(options, command);
      result.exitCode = await rotate(host, connect, word, { ...place, wait, force, timeoutMs });
    });

  operatorsVerb(program, 'diagnose', 'Say what is wrong with the rotation of secrets, and what to do; changes nothing')
    .argument('[secret]', secretOrAll)
    .addHelpText('after', help.diagnose)
    .action(lookWith(diagnose));

  operatorsVerb(program, 'repair', 'Bring a secret back to one working, current credential')
    .argument('<secret>', oneSecret)
    .option('--back', 'give the pending version up, where the current credential works')
    .option('-y, --yes', 'do what the plan says without asking')
    .addOption(timeoutOption('how long a rotation that repairs may take'))
    .addHelpText('after', help.repair)
    .action(async (word: string, options: RawOptions & RepairFlags, command: Command) => {
      const { back = false, yes = false, timeout: timeoutMs } = options;
      const place = placeFrom(options, command);
      result.exitCode = await repair(host, connect, word, { ...place, back, yes, timeoutMs });
    });
  return program;
};

interface RawOptions {
  readonly catalog: string;
  readonly environment?: string;
  readonly application?: string;
  readonly region?: string;
}
interface RotateFlags {
  readonly wait?: boolean;
  readonly force?: boolean;
  /** ms */
  readonly timeout: number;
}
interface RepairFlags {
  readonly back?: boolean;
  readonly yes?: boolean;
  /** ms */
  readonly timeout: number;
}

const timeoutOption = (what: string): Option =>
  new Option('--timeout <time>', `${what}: 90s, 10m, 1h`).argParser(parseDuration).default(10 * 60_000, '10m');

/** Without `--catalog` the folder may be missing: a full name or an ARN is enough. */
const placeFrom = ({ catalog, environment, application, region }: RawOptions, command: Command): TargetOptions => ({
  catalog,
  catalogGiven: command.getOptionValueSource('catalog') !== 'default',
  ...(environment !== undefined && { environment }),
  ...(application !== undefined && { application }),
  ...(region !== undefined && { region }),
});

/** What all verbs share. Settings of the program pass to its verbs. */
const verb = (program: Command, name: string, summary: string): Command =>
  program
    .command(name)
    .description(summary)
    .option('-c, --catalog <folder>', 'folder with organisation.yaml', 'catalog')
    .option('--json', 'print the result, or the error, as JSON')
    .option('--no-color', 'no colours')
    .allowExcessArguments(false)
    .showHelpAfterError(hintOf(name));

/** What the verbs share that ask AWS. */
const operatorsVerb = (program: Command, name: string, summary: string): Command =>
  verb(program, name, summary)
    .option('-e, --environment <name>', 'the environment of the catalog')
    .option('-a, --application <name>', 'the application of the catalog')
    .option('--region <region>', 'where no catalog and no ARN tells; AWS_REGION does the same');

const hintOf = (name: string): string => `Run strongroom ${name} --help for its options.`;

/** With `--json` an error is one JSON document, so the sentence of commander stays out. */
const outputOf = (host: Host) => ({
  writeOut: (text: string): void => {
    host.stdout.write(text);
  },
  writeErr: (text: string): void => {
    if (!host.json) host.stderr.write(text);
  },
});
