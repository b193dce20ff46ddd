/** The `strongroom` command: its verbs and their options. Each verb is loaded when it runs, so that the command starts fast. */
import { Command } from 'commander';

import manifest from './package.json' with { type: 'json' };
import { addAlertVerbs } from './alert-verbs.ts';
import { addAuditVerbs, type AuditConnections } from './audit-verbs.ts';
import { addOperatorVerbs } from './operator-verbs.ts';
import { exitCode, reportError } from './terminal/errors.ts';
import { help } from './terminal/help.ts';
import type { Host } from './terminal/host.ts';
import { bareVerb, timeoutOption, verb } from './terminal/verb.ts';
import type { ConnectAlerts } from './operators/alert/ports.ts';
import type { ConnectIam } from './operators/look-up.ts';
import type { ConnectInventory } from './operators/existing-secret.ts';
import type { ConnectEvidence } from './operators/evidence/ports.ts';
import type { ConnectAws } from './operators/ports.ts';
import type { AccessOptions } from './verbs/access/access.ts';
import type { BootstrapTemplateOptions } from './verbs/bootstrap-template/bootstrap-template.ts';
import type { DeployPlanOptions } from './verbs/deploy-plan/deploy-plan.ts';
import type { EvidenceOptions } from './verbs/evidence/evidence.ts';
import type { GenerateOptions } from './verbs/generate/generate.ts';
import type { HandoverOptions } from './verbs/handover/handover.ts';
import type { ImportOptions } from './verbs/import/import.ts';
import type { InitOptions } from './verbs/init/init.ts';
import type { PlaceOptions } from './verbs/place/place.ts';
import type { ValidateOptions } from './verbs/validate/validate.ts';

export interface RunOptions {
  /** Show the stack of what nobody expected. @default false */
  readonly debug?: boolean;
  /** @default the SDK's clients, under the credentials of its own chain */
  readonly connect?: ConnectAws;
  /** Where `import` looks. @default likewise */
  readonly connectInventory?: ConnectInventory;
  /** Where `validate --iam` looks. @default likewise */
  readonly connectIam?: ConnectIam;
  /** Where `audit` looks. @default likewise */
  readonly connectAudit?: AuditConnections;
  /** Where `evidence` looks. @default likewise */
  readonly connectEvidence?: ConnectEvidence;
  /** Where `alert` sends. @default likewise */
  readonly connectAlerts?: ConnectAlerts;
}

/** Runs the command with its arguments (without `node` and the script), and gives the exit code. Never throws. */
export const run = async (args: readonly string[], host: Host, options: RunOptions = {}): Promise<number> => {
  const result: { exitCode: number } = { exitCode: exitCode.ok };
  try {
    const { connect = connectLater, connectInventory = connectInventoryLater, connectIam = connectIamLater } = options;
    const { connectAudit = connectAuditLater, connectEvidence = connectEvidenceLater } = options;
    const { connectAlerts = connectAlertsLater } = options;
    const connections = { connect, connectInventory, connectIam, connectAudit, connectEvidence, connectAlerts };
    const program = createProgram(host, connections, result);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return result.exitCode;
  } catch (error) {
    return reportError(host, error, options.debug ?? false);
  }
};

/** Verbs that read files only need no SDK, so it is loaded on demand. */
const connectLater: ConnectAws = async (region) => (await import('./adapters/operator-aws.ts')).connectAws(region);

const connectInventoryLater: ConnectInventory = async (region) =>
  (await import('./adapters/inventory.ts')).connectInventory(region);

const connectIamLater: ConnectIam = async (region) => (await import('./adapters/iam.ts')).connectIam(region);

const connectAuditLater: AuditConnections = {
  trail: async (region) => (await import('./adapters/trail-aws.ts')).connectTrail(region),
  delivery: async (region) => (await import('./adapters/delivery-aws.ts')).connectDelivery(region),
};

const connectEvidenceLater: ConnectEvidence = async (region) =>
  (await import('./adapters/evidence-aws.ts')).connectEvidence(region);

const connectAlertsLater: ConnectAlerts = async (region) =>
  (await import('./adapters/alert-aws.ts')).connectAlerts(region);

type Connections = Required<Omit<RunOptions, 'debug'>>;

const createProgram = (
  host: Host,
  { connect, connectInventory, connectIam, connectAudit, connectEvidence, connectAlerts }: Connections,
  result: { exitCode: number },
): Command => {
  const program = new Command('strongroom')
    .description('Checks a catalog of secrets, shows who has access, and operates rotation. See docs/commands.md.')
    .version(manifest.version)
    .option('--no-color', 'no colours; so does NO_COLOR in the environment')
    .addHelpText('after', help.all)
    .configureOutput(outputOf(host))
    .exitOverride()
    .showHelpAfterError('Run strongroom --help for its verbs; options stand after the verb.')
    .showSuggestionAfterError();

  bareVerb(program, 'init', 'Write a catalog, a CDK app and CI workflows into a repository of your own')
    .argument('[folder]', 'where the files are written', '.')
    .option('--organisation <name>', 'name of the organisation (that of the folder)')
    .option('-e, --environment <env...>', 'NAME=ACCOUNT/REGION: dev=111122223333/eu-west-1')
    .option('-a, --application <name>', 'the first application', 'shop')
    .option('--owner <team>', 'the team that owns the application (team- and its name)')
    .option('--email <address>', 'who is told if a rotation fails')
    .option('--branch <name>', 'the branch that is deployed', 'main')
    .option('--dry-run', 'write nothing; show what would be written')
    .option('-y, --yes', 'ask nothing: take examples for what is not given')
    .addHelpText('after', help.init)
    .action(async (folder: string, options: InitOptions) => {
      const { init } = await import('./verbs/init/init.ts');
      result.exitCode = await init(host, folder, options);
    });

  verb(program, 'validate', 'Check every file of a catalog, and show the result')
    .option('--iam <environment>', 'also ask its account whether the roles and policies that it names exist')
    .addHelpText('after', help.validate)
    .action(async (options: ValidateOptions) => {
      const { validate } = await import('./verbs/validate/validate.ts');
      await validate(host, connectIam, options);
    });

  verb(program, 'access', 'Show who can read, write and rotate which secret, and what allows it')
    .option('-e, --environment <name>', 'only this environment')
    .option('-a, --application <name>', 'only this application (strongroom: the platform itself)')
    .option('--svg <file>', 'draw the access instead of a table')
    .option('--diff <commit>', 'show what the catalog widens and narrows since a commit, branch or tag')
    .option('--guard <environment...>', 'with --diff: environments whose widened access exits with 3 (prod…)')
    .addHelpText('after', help.access)
    .action(async (options: AccessOptions) => {
      const { access } = await import('./verbs/access/access.ts');
      result.exitCode = access(host, options);
    });

  verb(program, 'generate', 'Write what applications can read as TypeScript, so that a wrong read does not compile')
    .option('-e, --environment <name>', 'only what is read in this environment')
    .option('-a, --application <name>', 'only this application')
    .option('-o, --out <folder>', 'where the files are written', 'strongroom')
    .option('--check', 'write nothing; exit with 2 if a file differs from the catalog')
    .addHelpText('after', help.generate)
    .action(async (options: GenerateOptions) => {
      const { generate } = await import('./verbs/generate/generate.ts');
      generate(host, options);
    });

  verb(program, 'handover', 'Print what no deployment creates: for permission sets, other accounts, adopted secrets')
    .option('-e, --environment <name>', 'only who reads in this environment')
    .option('-a, --application <name>', 'only who reads secrets of this application')
    .addHelpText('after', help.handover)
    .action(async (options: HandoverOptions) => {
      const { handover } = await import('./verbs/handover/handover.ts');
      handover(host, options);
    });

  verb(program, 'place', 'Write which stack each secret is in, for applications that outgrow one stack')
    .option('--since <commit>', 'the commit that is deployed, if an application outgrew a stack in one change')
    .option('--nothing-deployed', 'no secret of the catalog is in AWS yet: a new repository, with or without commits')
    .option('--check', 'write nothing; exit with 2 if the file is not what the catalog needs')
    .addHelpText('after', help.place)
    .action(async (options: PlaceOptions) => {
      const { place } = await import('./verbs/place/place.ts');
      place(host, options);
    });

  verb(program, 'deploy-plan', 'Show which stacks a change of the catalog touches, and refuse to lose a live secret')
    .option('--since <commit>', 'the commit that is deployed', 'HEAD')
    .option('--allow-replace', 'continue although a secret would be left behind or replaced')
    .addOption(timeoutOption('how long each of the two synths may take'))
    .addHelpText('after', help.deployPlan)
    .action(async (options: DeployPlanOptions) => {
      const { deployPlan } = await import('./verbs/deploy-plan/deploy-plan.ts');
      result.exitCode = await deployPlan(host, options);
    });

  verb(program, 'bootstrap-template', 'Write the template of cdk bootstrap so that only named roles can deploy')
    .requiredOption('--deployer <arn...>', 'the roles under which cdk deploy runs')
    .option('-o, --out <file>', 'the file that is written (standard output)')
    .addHelpText('after', help.bootstrapTemplate)
    .action(async (options: BootstrapTemplateOptions) => {
      const { bootstrapTemplate } = await import('./verbs/bootstrap-template/bootstrap-template.ts');
      await bootstrapTemplate(host, options);
    });

  verb(program, 'import', 'Write a catalog file for existing secrets, so that a deployment takes them over')
    .requiredOption('-a, --application <name>', 'the application that the file is for')
    .requiredOption('-e, --environment <name>', 'the environment of the secrets')
    .option('--prefix <text>', 'secrets with names that begin with it')
    .option('--tag <key=value>', 'secrets with this tag')
    .option('-o, --out <file>', 'the file that is written (the application’s, in the folder of the catalog)')
    .option('--owner <team>', 'the team that owns the secrets')
    .option('--contact <name>', 'who gets their alarms: a contact of organisation.yaml (that of the platform)')
    .option('--approved-by <name>', 'who approves manual rotation of secrets whose class rotates')
    .option('--until <date>', 'last day of that approval')
    .option('--region <region>', 'must be that of the environment')
    .option('--force', 'replace an existing file')
    .addHelpText('after', help.import)
    .action(async (options: ImportOptions) => {
      const { importSecrets } = await import('./verbs/import/import.ts');
      await importSecrets(host, connectInventory, options);
    });

  verb(program, 'evidence', 'Write how the controls of a framework are met, with evidence, as HTML and JSON')
    .requiredOption('--framework <name>', 'pci-4.0.1, soc2, iso27001, gdpr, nist-800-53 or hipaa')
    .requiredOption('-e, --environment <name>', 'the environment of the catalog')
    .option('-o, --out <file>', 'the HTML file; the JSON file is next to it (evidence-FRAMEWORK-ENVIRONMENT.html)')
    .option('--force', 'replace existing files')
    .addHelpText('after', help.evidence)
    .action(async (options: Omit<EvidenceOptions, 'version'>) => {
      const { evidence } = await import('./verbs/evidence/evidence.ts');
      result.exitCode = await evidence(host, connectEvidence, { ...options, version: manifest.version });
    });

  addOperatorVerbs(program, host, connect, result);
  addAuditVerbs(program, host, connectAudit, result);
  addAlertVerbs(program, host, connectAlerts, result);
  return program;
};

/** With `--json` an error is one JSON document, so the sentence of commander stays out. */
const outputOf = (host: Host) => ({
  writeOut: (text: string): void => {
    host.stdout.write(text);
  },
  writeErr: (text: string): void => {
    if (!host.json) host.stderr.write(text);
  },
});
