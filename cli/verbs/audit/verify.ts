/** `strongroom audit verify`: whether files of the trail, or digests of them, were deleted, altered or added. */
import { trailName } from '../../../lib/contract/index.ts';
import type { EnvironmentCatalog } from '../../../lib/model/index.ts';
import type { ConnectTrail, TrailFound } from '../../operators/audit/ports.ts';
import { verifyTrail, type TrailFinding, type TrailReport } from '../../operators/audit/verify-trail.ts';
import { checkAccount } from '../../operators/target.ts';
import { CommandError, count, exitCode, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { progressOn } from '../../terminal/progress.ts';
import { stylesOf } from '../../terminal/styles.ts';
import { table } from '../../terminal/table.ts';
import { auditEnvironment, periodOf } from './audit-environment.ts';

export interface VerifyOptions {
  readonly catalog: string;
  readonly environment: string;
  /** Absent: seven days ago. */
  readonly from?: Date;
  /** Absent: now. */
  readonly to?: Date;
}

/**
 * @returns the exit code: 0 if all is as CloudTrail wrote it, 3 with findings
 * @throws {@link UsageError} and {@link CommandError} if it can't look
 */
export const verify = async (host: Host, connect: ConnectTrail, options: VerifyOptions): Promise<number> => {
  const environment = environmentOf(options);
  const now = host.now();
  const { from, to } = periodOf(options, now);
  const aws = await connect(environment.region);
  const progress = progressOn(host);
  try {
    await checkAccount(aws, { account: environment.account, environment: environment.name });
    const name = trailName(environment.name);
    const found = await aws.trail(name);
    if (!found) throw trailMissing(name, environment);
    progress.doing('listing the digests');
    const report = await verifyTrail(
      aws,
      trailToVerify(environment, name, found),
      { from, to, now, fromGiven: options.from !== undefined },
      (what) => {
        progress.doing(what);
      },
    );
    progress.end();
    const warnings = warningsOf(found);
    const { region } = environment;
    print(host, { environment: environment.name, trail: found.arn, region, ...report, warnings }, () =>
      inLines(host, found, report, warnings),
    );
    return report.findings.length > 0 || warnings.length > 0 ? exitCode.findings : exitCode.ok;
  } finally {
    progress.end();
    aws.close();
  }
};

const environmentOf = ({ catalog, environment }: VerifyOptions): EnvironmentCatalog => {
  const found = auditEnvironment(catalog, environment);
  if (found.trail === 'create') return found;
  throw new UsageError(
    `the catalog has trail: existing in ${found.name}, so the trail is not Strongroom's: validate it with aws cloudtrail validate-logs`,
  );
};

const trailMissing = (name: string, { account, region }: EnvironmentCatalog): CommandError =>
  new CommandError(
    'trail-unknown',
    `account ${account} has no trail ${name} in ${region}: it was never deployed, or someone deleted it; cdk diff shows which`,
    { exitCode: 1 },
  );

const trailToVerify = (
  { account, region }: EnvironmentCatalog,
  name: string,
  { arn, bucket, prefix, startedAt }: TrailFound,
) => ({
  account,
  region,
  name,
  homeRegion: arn.split(':')[3] ?? region,
  bucket,
  ...(prefix !== undefined && { prefix }),
  ...(startedAt && { startedAt }),
});

const warningsOf = ({ isLogging, validatesFiles }: TrailFound): readonly string[] => [
  ...(isLogging ? [] : ['the trail is stopped: start it with aws cloudtrail start-logging']),
  ...(validatesFiles ? [] : ['log file validation is off: no digests are written; deploy the audit stack again']),
];

const words: Readonly<Record<TrailFinding['kind'], string>> = {
  'hour-without-digest': 'hour without digest',
  'digest-altered': 'digest altered',
  'chain-broken': 'chain broken',
  'file-deleted': 'file deleted',
  'file-altered': 'file altered',
  'file-extra': 'file without digest',
};

const inLines = (
  host: Host,
  { bucket }: TrailFound,
  { from, to, digests, files, hoursWithoutDigest, unverified, findings }: TrailReport,
  warnings: readonly string[],
): string[] => {
  const { bold, green, red, yellow } = stylesOf(host);
  const valid = `${count(digests, 'valid digest')} and ${count(files, 'valid file')}`;
  return [
    `Files of s3://${bucket} from ${from} to ${to}`,
    ...(findings.length === 0
      ? []
      : [
          '',
          table(
            host,
            ['FINDING', 'FROM', 'TO', 'WHY', 'OBJECT'],
            findings.map((one) => [red(words[one.kind]), one.from, one.to, one.why, one.object ?? '']),
          ),
        ]),
    ...warnings.map((warning) => `${yellow('!')} ${warning}`),
    '',
    findings.length === 0
      ? `${green('nothing was deleted or altered')}: ${valid}`
      : [
          red(count(findings.length, 'finding')),
          ...(hoursWithoutDigest > 0 ? [`${count(hoursWithoutDigest, 'hour')} without a digest`] : []),
          ...(unverified > 0 ? [`${count(unverified, 'file')} of such hours could not be verified`] : []),
          valid,
        ].join(', '),
    ...(findings.length === 0 ? [] : [`${bold('→')} who did it: docs/runbooks/audit-trail-changed.md`]),
  ];
};
