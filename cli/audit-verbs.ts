/** `strongroom audit` and its verbs, which call AWS: verify, completeness, replay. */
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { ConnectDelivery, ConnectTrail } from './operators/audit/ports.ts';
import { help } from './terminal/help.ts';
import type { Host } from './terminal/host.ts';
import { verb } from './terminal/verb.ts';
import type { CompletenessOptions } from './verbs/audit/completeness.ts';
import type { ReplayVerbOptions } from './verbs/audit/replay.ts';
import type { VerifyOptions } from './verbs/audit/verify.ts';
import { parseTime } from './verbs/audit/time-option.ts';

export interface AuditConnections {
  readonly trail: ConnectTrail;
  readonly delivery: ConnectDelivery;
}

export const addAuditVerbs = (
  program: Command,
  host: Host,
  connect: AuditConnections,
  result: { exitCode: number },
): void => {
  const audit = program
    .command('audit')
    .description('Show whether the trail is intact, and whether audit events reached their destinations')
    .addHelpText('after', help.audit);

  auditVerb(audit, 'verify', 'Verify that no file of the trail, and no digest, was deleted, altered or added')
    .addOption(timeOption('--from <time>', 'start of the period (7 days before its end)'))
    .addOption(timeOption('--to <time>', 'end of the period (now)'))
    .addHelpText('after', help.auditVerify)
    .action(async (options: VerifyOptions) => {
      const { verify } = await import('./verbs/audit/verify.ts');
      result.exitCode = await verify(host, connect.trail, options);
    });

  auditVerb(audit, 'completeness', 'Show what share of the trail reached each destination, by day')
    .option('-d, --destination <name>', 'only this destination')
    .addOption(timeOption('--from <time>', 'start of the period (7 days before its end)'))
    .addOption(timeOption('--to <time>', 'end of the period (now)'))
    .addHelpText('after', help.auditCompleteness)
    .action(async (options: CompletenessOptions) => {
      const { completeness } = await import('./verbs/audit/completeness.ts');
      result.exitCode = await completeness(host, connect.delivery, options);
    });

  auditVerb(audit, 'replay', 'Send the dead letters of a destination back to its queue')
    .requiredOption('-d, --destination <name>', 'the destination of the catalog')
    .option('--dry-run', 'send nothing; show how many there are')
    .addOption(numberOption('--rate <number>', 'messages per second', 1_000).default(10))
    .addOption(numberOption('--limit <number>', 'messages at most (as many as wait at the start)', 1_000_000))
    .addHelpText('after', help.auditReplay)
    .action(async (options: ReplayVerbOptions) => {
      const { replayDeadLetters } = await import('./verbs/audit/replay.ts');
      result.exitCode = await replayDeadLetters(host, connect.delivery, options);
    });
};

const timeOption = (flags: string, what: string): Option =>
  new Option(flags, `${what}: 2026-11-30 or 2026-11-30T17:00Z`).argParser(parseTime);

const numberOption = (flags: string, what: string, most: number): Option =>
  new Option(flags, what).argParser((text) => {
    const number = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
    if (number <= most) return number;
    throw new InvalidArgumentError(`Write a whole number from 1 to ${most.toLocaleString('en')}.`);
  });

const auditVerb = (audit: Command, name: string, summary: string): Command =>
  verb(audit, name, summary).requiredOption('-e, --environment <name>', 'the environment of the catalog');
