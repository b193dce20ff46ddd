/** `strongroom diagnose` and `strongroom preflight`: what is wrong with the rotation of secrets, and what to do. */

import { count, exitCode } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { type Examination, examine } from '../../operators/examine.ts';
import { inParallel } from '../../operators/in-parallel.ts';
import type { ConnectAws, NoticeShown } from '../../operators/ports.ts';
import {
  allTargets,
  checkAccount,
  regionToAsk,
  targetNamed,
  type TargetOptions,
  type Targets,
} from '../../operators/target.ts';
import { shortId } from '../../operators/words.ts';
import { progressOn } from '../../terminal/progress.ts';
import { table } from '../../terminal/table.ts';
import { type Styles, stylesOf } from '../../terminal/styles.ts';

/** Each check invokes the rotation function, which has little concurrency and rotates at the same time. */
const atOnce = 3;

/**
 * @param word the secret; `undefined`: every secret of the environment that rotates by itself
 * @returns the exit code: 0 healthy, also with warnings; 3 with findings
 * @throws {@link UsageError} and {@link CommandError} where it can't look
 */
export const diagnose = (
  host: Host,
  connect: ConnectAws,
  word: string | undefined,
  options: TargetOptions,
): Promise<number> => look(host, connect, word, options, { withCatalog: false, healthy: 'healthy' });

/** As {@link diagnose}, and whether what is deployed is what the catalog declares. */
export const preflight = (
  host: Host,
  connect: ConnectAws,
  word: string | undefined,
  options: TargetOptions,
): Promise<number> => look(host, connect, word, options, { withCatalog: true, healthy: 'ready to rotate' });

interface Look {
  readonly withCatalog: boolean;
  /** What a secret without findings is called. */
  readonly healthy: string;
}

const look = async (
  host: Host,
  connect: ConnectAws,
  word: string | undefined,
  options: TargetOptions,
  { withCatalog, healthy }: Look,
): Promise<number> => {
  const targets = word === undefined ? await everyTarget(connect, options) : targetNamed(word, options);
  const aws = await connect(targets.region);
  const progress = progressOn(host);
  try {
    await checkAccount(aws, targets);
    let looked = 0;
    const tell = (): void => {
      progress.doing(`checking ${count(targets.targets.length, 'secret')}, ${looked} done`);
    };
    tell();
    const examinations = await inParallel(targets.targets, atOnce, async (target) => {
      const examination = await examine(aws, target, { now: host.now(), withCatalog });
      looked += 1;
      tell();
      return examination;
    });
    progress.end();
    print(host, { secrets: examinations.map(inJson) }, () => inLines(host, examinations, healthy));
    return examinations.some(({ findings }) => findings.length > 0) ? exitCode.findings : exitCode.ok;
  } finally {
    progress.end();
    aws.close();
  }
};

/** Without an environment it is that of the caller's account. */
const everyTarget = async (connect: ConnectAws, options: TargetOptions): Promise<Targets> => {
  if (options.environment !== undefined) return allTargets(options);
  const aws = await connect(regionToAsk(options));
  try {
    return allTargets(options, (await aws.whoAmI()).account);
  } finally {
    aws.close();
  }
};

const inJson = ({ secret, checks, findings, underWay, note, report }: Examination): object => ({
  secret,
  healthy: findings.length === 0,
  checks,
  ...(underWay !== undefined && { rotationUnderWay: underWay }),
  ...(note !== undefined && { note }),
  ...(report && { credentials: report.credentials }),
  findings,
  warnings: report?.notices ?? [],
});

const inLines = (host: Host, examinations: readonly Examination[], healthy: string): string[] => {
  const { bold, green, red, yellow } = stylesOf(host);
  if (examinations.length === 0) return ['no secret of this environment rotates automatically'];
  const ill = examinations.filter(({ findings }) => findings.length > 0);
  const total = ill.reduce((sum, { findings }) => sum + findings.length, 0);
  const warned = examinations.reduce((sum, one) => sum + warningsOf(one).length, 0);
  const told = examinations.filter((one) => one.findings.length + warningsOf(one).length > 0);
  return [
    table(
      host,
      ['SECRET', 'STATE', 'CHECKS'],
      examinations.map((one) => [one.secret, stateInWords(one, healthy, { green, red, yellow }), checksInWords(one)]),
    ),
    ...examinations.flatMap(({ secret, note }) => (note === undefined ? [] : ['', bold(secret), `  ${note}`])),
    ...told.flatMap((one) => [
      '',
      bold(one.secret),
      ...one.findings.flatMap(({ check, code, cause, remedy, runbook }) => [
        `  ${red('✖')} ${check}: ${cause}`,
        `    ${bold('→')} ${remedy} (${code}, ${runbook})`,
      ]),
      ...shownWarnings(one).map((line) => `  ${yellow('!')} warning: ${line}`),
    ]),
    '',
    [
      ill.length === 0
        ? `${count(examinations.length, 'secret')}, all ${healthy}`
        : `${count(total, 'finding')} in ${ill.length} of ${count(examinations.length, 'secret')}`,
      ...(warned > 0 ? [count(warned, 'warning')] : []),
    ].join(', '),
  ];
};

const warningsOf = ({ report }: Examination): readonly NoticeShown[] => report?.notices ?? [];

/** A user with thousands of surplus rights has a warning for each: the first of each code, and how many more there are. */
const shownWarnings = (one: Examination): string[] => {
  const counts = new Map<string, number>();
  const shown: string[] = [];
  for (const { code, message } of warningsOf(one)) {
    const number = (counts.get(code) ?? 0) + 1;
    counts.set(code, number);
    if (number <= mostOfACode) shown.push(`${message} (${code})`);
  }
  const more = [...counts].filter(([, number]) => number > mostOfACode);
  return [
    ...shown,
    ...more.map(([code, number]) => `${(number - mostOfACode).toLocaleString('en')} more (${code}): --json lists all`),
  ];
};

const mostOfACode = 20;

type Paint = Pick<Styles, 'green' | 'red' | 'yellow'>;

const stateInWords = (one: Examination, healthy: string, { green, red, yellow }: Paint): string => {
  const { findings, underWay } = one;
  const warned = warningsOf(one).length;
  const state =
    findings.length > 0
      ? red(count(findings.length, 'finding'))
      : green(underWay === undefined ? healthy : `rotating (${shortId(underWay)})`);
  return warned === 0 ? state : `${state}, ${yellow(count(warned, 'warning'))}`;
};

/** `secret rotation … ok, network failed, tls not reached` */
const checksInWords = ({ checks }: Examination): string => {
  const named = (outcome: string): string[] =>
    Object.entries(checks)
      .filter(([, own]) => own === outcome)
      .map(([thing]) => thing);
  const parts = [
    [named('failed'), 'failed'],
    [named('unknown'), 'not reached'],
  ] as const;
  const ok = named('ok').length;
  return [
    `${ok} ok`,
    ...parts.filter(([things]) => things.length > 0).map(([things, what]) => `${things.join(' ')} ${what}`),
  ].join(', ');
};
