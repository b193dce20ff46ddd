/** The previous value was read after its grace time: a workload that missed a rotation, or someone who collects old values. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isRead } from './reads.ts';

const remembered = 400 * 86_400_000;

export const previousAfterGrace: Rule = async (event, { declared, state }) => {
  if (event.operation === 'Secret Label Updated' && event.more['label'] === 'AWSCURRENT') {
    for (const name of event.secrets) await state.see(`current#${name}`, event.at, remembered);
    return undefined;
  }
  if (!isRead(event) || event.request['versionStage'] !== 'AWSPREVIOUS') return undefined;
  const { arn } = event.principal;
  const late: string[] = [];
  for (const name of event.secrets) {
    const secret = declared.secret(name);
    if (!secret || declared.rotates(arn, secret)) continue;
    const moved = await state.seen(`current#${name}`, event.at, remembered);
    if (moved && event.at - moved.last > (secret.graceMs ?? 0)) late.push(name);
  }
  if (late.length === 0) return undefined;
  return {
    group: arn,
    secrets: late,
    message: `${nameOf(event.principal)} read the previous value of ${late.join(', ')} after its grace time`,
  };
};
