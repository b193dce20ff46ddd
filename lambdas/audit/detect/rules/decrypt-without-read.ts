/**
 * KMS decrypted a secret's value, and no call of Secrets Manager explains it: a way around Secrets Manager, or records that
 * were kept from the audit. The two records come by themselves, in any order, so they are compared once both had the time
 * that CloudTrail takes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
 */
import { heartbeatOperation } from '../../../../lib/contract/index.ts';
import { nameOf } from '../facts/event-facts.ts';
import type { DetectionState } from '../state/detection-state.ts';
import type { Rule, Verdict } from './rule.ts';

const minute = 60_000;
const settlingMinutes = 20;
/** Heartbeats come every five minutes; one may be late. */
const comparedMinutes = 11;
const remembered = { milliseconds: 60 * minute, members: 5_000 };
/** Adding gives no members back: the rule needs them at a heartbeat only. */
const added = { ...remembered, members: 0 };
const fewIds = { ...remembered, members: 10 };

/** Calls during which Secrets Manager decrypts: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
const explaining: ReadonlySet<string> = new Set([
  'BatchGetSecretValue',
  'CreateSecret',
  'GetSecretValue',
  'PutSecretValue',
  'ReplicateSecretToRegions',
  'UpdateSecret',
]);

export const decryptWithoutRead: Rule = async (event, { state }) => {
  if (event.operation === heartbeatOperation) return compare(event.at, state);
  const minuteOfEvent = minuteOf(event.at);
  const { arn, invokedBy } = event.principal;
  if (event.service === 'secretsmanager' && explaining.has(event.operation) && event.succeeded) {
    for (const name of event.secrets) {
      await state.add(`explained#${minuteOfEvent}`, pairOf(arn, name), event.at, added);
    }
  }
  const [name] = event.secrets;
  if (event.service !== 'kms' || event.operation !== 'Decrypt' || !event.succeeded || name === undefined) {
    return undefined;
  }
  // For a replica, or for itself: no one has the value.
  if (arn === invokedBy) return undefined;
  if (invokedBy === 'secretsmanager.amazonaws.com') {
    const pair = pairOf(arn, name);
    await state.add(idsOf(minuteOfEvent, pair), event.id, event.at, added);
    await state.add(`decrypted#${minuteOfEvent}`, pair, event.at, added);
    return undefined;
  }
  return {
    group: arn,
    secrets: [name],
    severity: 'critical',
    message: `${nameOf(event.principal)} called KMS itself to decrypt the value of ${name}`,
  };
};

interface Unexplained {
  readonly secrets: Set<string>;
  readonly events: Set<string>;
  /** Minutes since the epoch: the first of its decryptions. */
  readonly since: number;
}

/** One verdict for each role: findings of a heartbeat about the same role would have the same id. */
const compare = async (now: number, state: DetectionState): Promise<readonly Verdict[]> => {
  const newest = minuteOf(now) - settlingMinutes;
  const found = new Map<string, Unexplained>();
  const explained = explanationsIn(state, now);
  for (let at = newest - comparedMinutes; at < newest; at += 1) {
    const decrypted = await state.membersOf(`decrypted#${at}`, now, remembered);
    // Of a minute with more, some are not known, and nothing can be said.
    if (decrypted.length === 0 || decrypted.length >= remembered.members) continue;
    const near = [...(await explained(at - 1)), ...(await explained(at)), ...(await explained(at + 1))];
    const known = new Set(near);
    if (known.size >= remembered.members) continue;
    for (const pair of decrypted.filter((one) => !known.has(one))) {
      if (!(await isFirstToReport(`reported#${at}#${pair}`, now, state))) continue;
      const [arn = '', name = ''] = pair.split(' ');
      const one = found.get(arn) ?? { secrets: new Set(), events: new Set(), since: at };
      one.secrets.add(name);
      for (const id of await state.membersOf(idsOf(at, pair), now, fewIds)) one.events.add(id);
      found.set(arn, one);
    }
  }
  return [...found].map(([arn, one]) => ({
    group: arn,
    secrets: [...one.secrets],
    events: [...one.events],
    message: messageOf(arn, one),
  }));
};

/** Two heartbeats compare each minute. The one that reported it reports it again if its message comes again. */
const isFirstToReport = async (what: string, now: number, state: DetectionState): Promise<boolean> => {
  const reported = await state.seen(what, now, remembered.milliseconds);
  if (reported) return reported.first === now;
  await state.see(what, now, remembered.milliseconds);
  return true;
};

const messageOf = (arn: string, { secrets, since }: Unexplained): string =>
  `KMS decrypted the value of ${[...secrets].join(', ')} for ${arn} at ${new Date(since * minute).toISOString()}, and no call to Secrets Manager explains it`;

/** A minute is next to two others, and is read once. */
const explanationsIn = (state: DetectionState, now: number): ((at: number) => Promise<readonly string[]>) => {
  const read = new Map<number, Promise<readonly string[]>>();
  return (at) => {
    const pairs = read.get(at) ?? state.membersOf(`explained#${at}`, now, remembered);
    read.set(at, pairs);
    return pairs;
  };
};

const minuteOf = (at: number): number => Math.floor(at / minute);

const idsOf = (at: number, pair: string): string => `decrypted-by#${at}#${pair}`;

/** Neither ARNs of roles nor names of secrets have spaces. */
const pairOf = (arn: string, name: string): string => `${arn} ${name}`;
