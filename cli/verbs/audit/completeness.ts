/** `strongroom audit completeness`: what share of the trail reached each destination. */
import { auditLedgerName } from '../../../lib/contract/index.ts';
import { completenessOf, type DayShare } from '../../operators/audit/completeness.ts';
import type { ConnectDelivery } from '../../operators/audit/ports.ts';
import { checkAccount } from '../../operators/target.ts';
import { exitCode } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { stylesOf } from '../../terminal/styles.ts';
import { table } from '../../terminal/table.ts';
import { auditEnvironment, destinationsOf, periodOf } from './audit-environment.ts';

export interface CompletenessOptions {
  readonly catalog: string;
  readonly environment: string;
  readonly destination?: string;
  readonly from?: Date;
  readonly to?: Date;
}

/** @returns the exit code: 0 if every destination has everything, 3 if not */
export const completeness = async (
  host: Host,
  connect: ConnectDelivery,
  options: CompletenessOptions,
): Promise<number> => {
  const environment = auditEnvironment(options.catalog, options.environment);
  const destinations = destinationsOf(environment, options.destination);
  const period = periodOf(options, host.now());
  const aws = await connect(environment.region);
  try {
    await checkAccount(aws, { account: environment.account, environment: environment.name });
    const days = await completenessOf(aws, auditLedgerName(environment.name), destinations, period);
    print(host, { environment: environment.name, days }, () => inLines(host, days));
    return days.some(isIncomplete) ? exitCode.findings : exitCode.ok;
  } finally {
    aws.close();
  }
};

const isIncomplete = ({ expected, delivered }: DayShare): boolean => delivered < expected;

const inLines = (host: Host, days: readonly DayShare[]): string[] => {
  const { green, red, dim } = stylesOf(host);
  const share = (one: DayShare): string => {
    if (one.share === undefined) return dim('no events');
    // Rounded up, one missing event of a million would read as complete.
    const percent = `${(Math.floor(one.share * 10_000) / 100).toFixed(2)} %`;
    return isIncomplete(one) ? red(percent) : green(percent);
  };
  const missing = days.reduce((sum, { expected, delivered }) => sum + expected - delivered, 0);
  return [
    table(
      host,
      ['DAY (UTC)', 'DESTINATION', 'SHARE', 'EVENTS', 'DELIVERED', 'FILES'],
      days.map((one) => [
        one.day,
        one.destination,
        share(one),
        String(one.expected),
        String(one.delivered),
        String(one.files),
      ]),
    ),
    '',
    missing === 0
      ? 'every destination has every event of the files that were compared'
      : `${missing} not delivered yet: docs/runbooks/audit-incomplete.md`,
  ];
};
