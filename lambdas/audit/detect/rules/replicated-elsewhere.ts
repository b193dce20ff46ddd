/** A secret was replicated to a region that the catalog does not have for it. */
import { isFields, list, text } from '../../normalise/event-reader.ts';
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

export const replicatedElsewhere: Rule = (event, { declared }) => {
  if (event.service !== 'secretsmanager' || !event.succeeded) return undefined;
  const regions = list(event.request, 'addReplicaRegions').flatMap((replica) =>
    isFields(replica) ? (text(replica, 'region') ?? []) : [],
  );
  const [name] = event.secrets;
  const secret = name === undefined ? undefined : declared.secret(name);
  if (name === undefined || !secret) return undefined;
  const elsewhere = regions.filter((region) => !secret.regions.includes(region));
  if (elsewhere.length === 0) return undefined;
  return {
    group: event.principal.arn,
    secrets: [name],
    message: `${nameOf(event.principal)} replicated ${name} to ${elsewhere.join(', ')}; the catalog has ${secret.regions.join(', ')}`,
  };
};
