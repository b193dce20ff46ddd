/** Looks at everything that the rotation of a secret needs, and changes nothing. */
import { secretNameIn } from '../../lib/contract/index.ts';
import { CommandError } from '../terminal/errors.ts';
import { type ExaminedThing, examinedThings, type Finding, findingOf } from './finding.ts';
import { functionFindings } from './function-findings.ts';
import { keyFindings } from './key-findings.ts';
import type { Answer, CheckAnswer, OperatorAws, SecretState } from './ports.ts';
import { reportFindings } from './report-findings.ts';
import {
  catalogFindings,
  lifeFindings,
  rotationFindings,
  scheduleFindings,
  versionFindings,
} from './secret-findings.ts';
import { notAsked, pendingVersion } from './secret-state.ts';
import type { Target } from './target.ts';

export interface Examination {
  /** Full name. */
  readonly secret: string;
  /** `unknown`: not looked at, because of what an earlier check found. */
  readonly checks: Readonly<Partial<Record<ExaminedThing, 'ok' | 'failed' | 'unknown'>>>;
  readonly findings: readonly Finding[];
  /** A rotation that began a moment ago: its version id. */
  readonly underWay?: string;
  /** What could not be checked, and is not a fault: a sentence. */
  readonly note?: string;
  readonly state?: SecretState;
  readonly report?: CheckAnswer;
}

export interface ExamineOptions {
  readonly now: Date;
  /** Whether what is deployed is held against the catalog too. @default false */
  readonly withCatalog?: boolean;
}

/** @throws {@link CommandError} if AWS can't be reached, or refuses the credentials */
export const examine = async (
  aws: OperatorAws,
  { secretId, declared }: Target,
  { now, withCatalog = false }: ExamineOptions,
): Promise<Examination> => {
  const findings: Finding[] = [];
  const looked = new Set<ExaminedThing>();
  let name = secretNameIn(secretId);
  /** Checks one thing. If this role has no access to it, that is a finding. */
  const look = async <Result>(thing: ExaminedThing, call: () => Promise<Result>): Promise<Result | undefined> => {
    looked.add(thing);
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== 'aws-denied') throw error;
      findings.push(findingOf(name, thing, 'not-looked', error.message));
      return undefined;
    }
  };
  const found = (thing: ExaminedThing, ...more: readonly Finding[]): void => {
    looked.add(thing);
    findings.push(...more);
  };
  const examination = (rest: Pick<Examination, 'underWay' | 'note' | 'state' | 'report'> = {}): Examination => ({
    secret: name,
    checks: outcomes(looked, findings, rest.report),
    findings,
    ...rest,
  });

  const description = await look('secret', async () => ({ state: await aws.describe(secretId) }));
  if (description === undefined) return examination();
  const { state } = description;
  if (state === undefined) {
    found('secret', findingOf(name, 'secret', 'secret-unknown', 'AWS has no secret of this name'));
    return examination();
  }
  name = state.name;
  found('secret', ...lifeFindings(state));
  found('rotation', ...rotationFindings(state));
  found('schedule', ...scheduleFindings(state, declared?.secret, now));
  if (withCatalog && declared) found('catalog', ...catalogFindings(state, declared));

  const { keyId, functionArn } = state;
  if (keyId === undefined) looked.add('key');
  else {
    const key = await look('key', async () => ({ found: await aws.key(keyId) }));
    if (key) found('key', ...keyFindings(name, keyId, key.found));
  }

  const pending = pendingVersion(state);
  const startedAt =
    pending === undefined
      ? undefined
      : await look('versions', async () => (await aws.versionDates(state.arn)).get(pending));

  let answer: Answer<CheckAnswer> | undefined;
  const note = functionArn === undefined ? undefined : notAsked(functionArn);
  if (functionArn !== undefined && note === undefined && state.deletedAt === undefined) {
    answer = await look('function', async () => {
      const account = state.arn.split(':')[4] ?? '';
      const own = functionFindings(name, functionArn, account, await aws.rotationFunction(functionArn));
      found('function', ...own);
      // Without the permission for Secrets Manager an operator may still invoke it; one that can't run can't answer.
      return own.some(({ code }) => cannotRun.has(code)) ? undefined : aws.check(functionArn, state.arn);
    });
  }
  if (answer) found('function', ...reportFindings(name, answer));
  const report = answer && 'report' in answer ? answer.report : undefined;
  const stuck = versionFindings(state, startedAt, report, now);
  found('versions', ...stuck);
  return examination({
    state,
    ...(note !== undefined && { note: `${note}.` }),
    ...(report && { report }),
    ...(pending !== undefined && stuck.length === 0 && { underWay: pending }),
  });
};

const cannotRun = new Set(['function-missing', 'function-not-ready', 'function-stopped']);

const outcomes = (
  looked: ReadonlySet<ExaminedThing>,
  findings: readonly Finding[],
  report: CheckAnswer | undefined,
): Examination['checks'] => {
  const reported = new Map<ExaminedThing, 'ok' | 'failed' | 'unknown'>(
    report?.checks.map(({ check, outcome }) => [check, outcome]),
  );
  const outcomeOf = (thing: ExaminedThing): 'ok' | 'failed' | 'unknown' => {
    const own = findings.filter(({ check }) => check === thing);
    if (own.some(({ code }) => code !== 'not-looked')) return 'failed';
    if (own.length > 0) return 'unknown';
    return reported.get(thing) ?? (looked.has(thing) ? 'ok' : 'unknown');
  };
  return Object.fromEntries(
    examinedThings
      .filter((thing) => thing !== 'catalog' || looked.has(thing))
      .map((thing) => [thing, outcomeOf(thing)]),
  );
};
