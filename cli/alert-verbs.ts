/** `strongroom alert` and its verb, which calls AWS. */
import type { Command } from 'commander';

import type { ConnectAlerts } from './operators/alert/ports.ts';
import { help } from './terminal/help.ts';
import type { Host } from './terminal/host.ts';
import { verb } from './terminal/verb.ts';
import type { AlertTestOptions } from './verbs/alert/alert-test.ts';

export const addAlertVerbs = (
  program: Command,
  host: Host,
  connect: ConnectAlerts,
  result: { exitCode: number },
): void => {
  const alert = program
    .command('alert')
    .description('Test whether alerts and alarms reach the contacts')
    .addHelpText('after', help.alert);

  verb(alert, 'test', 'Send a harmless alert to each contact, and show who would be reached')
    .requiredOption('-e, --environment <name>', 'the environment of the catalog')
    .option('--contact <name>', 'only this contact')
    .addHelpText('after', help.alertTest)
    .action(async (options: AlertTestOptions) => {
      const { alertTest } = await import('./verbs/alert/alert-test.ts');
      result.exitCode = await alertTest(host, connect, options);
    });
};
