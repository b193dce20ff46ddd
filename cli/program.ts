/** The `strongroom` command: its verbs, their options and their help. */
import { Command } from 'commander';

import manifest from '../package.json' with { type: 'json' };
import { access, type AccessOptions } from './commands/access.ts';
import { validate, type ValidateOptions } from './commands/validate.ts';
import { exitCode, reportError } from './errors.ts';
import type { Host } from './host.ts';

/** Runs the command with its arguments (without `node` and the script), and gives the exit code. Never throws. */
export const run = async (args: readonly string[], host: Host, { debug = false } = {}): Promise<number> => {
  const program = createProgram(host);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return exitCode.ok;
  } catch (error) {
    return reportError(host, error, debug);
  }
};

const createProgram = (host: Host): Command => {
  const program = new Command('strongroom')
    .description('Checks a catalog of secrets, and shows what it gives whom. See docs/commands.md.')
    .version(manifest.version)
    .option('--no-color', 'no colours; so does NO_COLOR in the environment')
    .addHelpText('after', helpOfAll)
    .configureOutput(outputOf(host))
    .exitOverride()
    .showSuggestionAfterError();

  verb(program, 'validate', 'Check every file of a catalog, and say what it would give')
    .addHelpText('after', helpOfValidate)
    .action((options: ValidateOptions) => {
      validate(host, options);
    });

  verb(program, 'access', 'Show who may read, write and rotate which secret, and what allows it')
    .option('-e, --environment <name>', 'only this environment')
    .option('-a, --application <name>', 'only this application (strongroom: the platform itself)')
    .addHelpText('after', helpOfAccess)
    .action((options: AccessOptions) => {
      access(host, options);
    });
  return program;
};

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

const exits = `
Exit codes: 0 done, 2 something to mend in what was given (each with its place), 1 anything else.
`;

const helpOfAll = `
Examples:
  strongroom validate                       check ./catalog before you commit
  strongroom access --environment prod      who may do what in prod
${exits}`;

const helpOfValidate = `
Prints every problem of every file as FILE:LINE:COLUMN, with what to write instead; without problems, a line for each
secret with its class, readers and rotation schedule. Reads files only: no AWS account is needed, nothing is changed.

Examples:
  strongroom validate
  strongroom validate --catalog ../secrets/catalog
  strongroom validate --json | jq '.error.problems[] | "\\(.file):\\(.line) \\(.message)"' -r
${exits}`;

const helpOfAccess = `
One line for each role and secret: consumers that read, the rotation function, operators, and the break-glass role.
It is what the deployed policies allow, told from the catalog alone: no AWS account is needed.

Examples:
  strongroom access
  strongroom access --environment prod --application payments
  strongroom access --json | jq '.access[] | select(.who == "break-glass")'
${exits}`;
