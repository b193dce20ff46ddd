/** The verbs of operators, which call AWS: preflight, rotate, diagnose, repair. */
import type { Command } from 'commander';

import type { ConnectAws } from './operators/ports.ts';
import type { TargetOptions } from './operators/target.ts';
import { help } from './terminal/help.ts';
import type { Host } from './terminal/host.ts';
import { timeoutOption, verb } from './terminal/verb.ts';

export const addOperatorVerbs = (
  program: Command,
  host: Host,
  connect: ConnectAws,
  result: { exitCode: number },
): void => {
  const lookWith =
    (look: 'diagnose' | 'preflight') =>
    async (word: string | undefined, options: RawOptions, command: Command): Promise<void> => {
      const verbs = await import('./verbs/diagnose/diagnose.ts');
      result.exitCode = await verbs[look](host, connect, word, targetFrom(options, command));
    };

  operatorVerb(program, 'preflight', 'Check everything that a rotation needs, before the first one; changes nothing')
    .argument('[secret]', secretOrAll)
    .addHelpText('after', help.preflight)
    .action(lookWith('preflight'));

  operatorVerb(program, 'rotate', 'Rotate a secret now')
    .argument('<secret>', oneSecret)
    .option('-w, --wait', 'follow the rotation to its end')
    .addOption(timeoutOption('how long --wait waits'))
    .option('--force', 'rotate although the previous credential is still in its grace time')
    .addHelpText('after', help.rotate)
    .action(async (word: string, options: RawOptions & RotateFlags, command: Command) => {
      const { rotate } = await import('./verbs/rotate/rotate.ts');
      const { wait = false, force = false, timeout: timeoutMs } = options;
      const target = targetFrom(options, command);
      result.exitCode = await rotate(host, connect, word, { ...target, wait, force, timeoutMs });
    });

  operatorVerb(program, 'diagnose', 'Report what is wrong with the rotation of secrets, and what to do')
    .argument('[secret]', secretOrAll)
    .addHelpText('after', help.diagnose)
    .action(lookWith('diagnose'));

  operatorVerb(program, 'repair', 'Return a secret to one working, current credential')
    .argument('<secret>', oneSecret)
    .option('--back', 'discard the pending version, if the current credential works')
    .option('-y, --yes', 'run the plan without asking')
    .addOption(timeoutOption('how long a rotation that repairs may take'))
    .addHelpText('after', help.repair)
    .action(async (word: string, options: RawOptions & RepairFlags, command: Command) => {
      const { repair } = await import('./verbs/repair/repair.ts');
      const { back = false, yes = false, timeout: timeoutMs } = options;
      const target = targetFrom(options, command);
      result.exitCode = await repair(host, connect, word, { ...target, back, yes, timeoutMs });
    });
};

const oneSecret = 'APPLICATION/SECRET of --environment, the full name, or the ARN';
const secretOrAll = 'the secret; without it, every secret of the environment that rotates automatically';

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

/** Without `--catalog` the folder may be missing: a full name or an ARN is enough. */
const targetFrom = ({ catalog, environment, application, region }: RawOptions, command: Command): TargetOptions => ({
  catalog,
  catalogGiven: command.getOptionValueSource('catalog') !== 'default',
  ...(environment !== undefined && { environment }),
  ...(application !== undefined && { application }),
  ...(region !== undefined && { region }),
});

const operatorVerb = (program: Command, name: string, summary: string): Command =>
  verb(program, name, summary)
    .option('-e, --environment <name>', 'the environment of the catalog')
    .option('-a, --application <name>', 'the application of the catalog')
    .option('--region <region>', 'if neither a catalog nor an ARN gives it; AWS_REGION does the same');
