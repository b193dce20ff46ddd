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
  const { arn, invokedBy } = event.principal;
  if (event.service === 'secretsmanager' && explaining.has(event.operation) && event.succeeded) {
    for (const name of event.secrets) {
      await state.add(`explained#${minuteOf(event.at)}`, pairOf(arn, name), event.at, remembered);
    }
  }
  const [name] = event.secrets;
  if (event.service !== 'kms' || event.operation !== 'Decrypt' || !event.succeeded || name === undefined) {
    return undefined;
  }
  if (invokedBy === 'secretsmanager.amazonaws.com') {
    await state.add(`decrypted#${minuteOf(event.at)}`, pairOf(arn, name), event.at, remembered);
    return undefined;
  }
  return {
    group: arn,
    secrets: [name],
    severity: 'critical',
    message: `${nameOf(event.principal)} called KMS itself to decrypt the value of ${name}`,
  };
};

const compare = async (now: number, state: DetectionState): Promise<readonly Verdict[]> => {
  const newest = minuteOf(now) - settlingMinutes;
  const verdicts: Verdict[] = [];
  const explained = explanationsIn(state, now);
  for (let at = newest - comparedMinutes; at < newest; at += 1) {
    const decrypted = await state.membersOf(`decrypted#${at}`, now, remembered);
    // Of a minute with more, some are not known, and nothing can be said.
    if (decrypted.length === 0 || decrypted.length >= remembered.members) continue;
    const near = [...(await explained(at - 1)), ...(await explained(at)), ...(await explained(at + 1))];
    const known = new Set(near);
    if (known.size >= remembered.members) continue;
    for (const pair of decrypted.filter((one) => !known.has(one))) {
      const [arn = '', name = ''] = pair.split(' ');
      const when = new Date(at * minute).toISOString();
      verdicts.push({
        group: arn,
        secrets: [name],
        message: `KMS decrypted the value of ${name} for ${arn} at ${when}, and no call to Secrets Manager explains it`,
      });
    }
  }
  return verdicts;
};

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

/** Neither ARNs of roles nor names of secrets have spaces. */
const pairOf = (arn: string, name: string): string => `${arn} ${name}`;
