/** `strongroom audit` and its verbs, which call AWS: verify. */
import { type Command, Option } from 'commander';

import type { ConnectTrail } from './operators/audit/ports.ts';
import { help } from './terminal/help.ts';
import type { Host } from './terminal/host.ts';
import { verb } from './terminal/verb.ts';
import type { VerifyOptions } from './verbs/audit/verify.ts';
import { parseTime } from './verbs/audit/time-option.ts';

export interface AuditConnections {
  readonly trail: ConnectTrail;
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
};

const timeOption = (flags: string, what: string): Option =>
  new Option(flags, `${what}: 2026-11-30 or 2026-11-30T17:00Z`).argParser(parseTime);

const auditVerb = (audit: Command, name: string, summary: string): Command =>
  verb(audit, name, summary).requiredOption('-e, --environment <name>', 'the environment of the catalog');
