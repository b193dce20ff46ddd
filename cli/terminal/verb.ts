/** What the verbs of the command share. */
import { type Command, Option } from 'commander';

import { parseDuration } from './duration.ts';

/** A verb that works on a catalog. */
export const verb = (program: Command, name: string, summary: string): Command =>
  bareVerb(program, name, summary).option('-c, --catalog <folder>', 'folder with organisation.yaml', 'catalog');

/** Settings of the program, such as where it prints, pass to its verbs. */
export const bareVerb = (program: Command, name: string, summary: string): Command =>
  program
    .command(name)
    .description(summary)
    .option('--json', 'print the result, or the error, as JSON')
    .option('--no-color', 'no colours')
    .allowExcessArguments(false)
    .showHelpAfterError(`Run ${pathOf(program)} ${name} --help for its options.`);

/** `strongroom audit` for the verbs of `audit`. */
const pathOf = (program: Command): string =>
  program.parent ? `${pathOf(program.parent)} ${program.name()}` : program.name();

export const timeoutOption = (what: string): Option =>
  new Option('--timeout <time>', `${what}: 90s, 10m, 1h`).argParser(parseDuration).default(10 * 60_000, '10m');
