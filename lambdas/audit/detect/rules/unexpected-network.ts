/**
 * A read past the declared VPC endpoints, or from a network in which a principal with settled networks was never seen. A
 * principal is settled after two weeks in at most three networks: functions outside of a VPC call from ever new ones.
 */
import { isIPv4 } from 'node:net';
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isRead } from './reads.ts';

const day = 86_400_000;
const settledAfter = 14 * day;
const remembered = { milliseconds: 60 * day, members: 5 };
const fewNetworks = 3;

export const unexpectedNetwork: Rule = async (event, { declared, state }) => {
  if (!isRead(event) || event.secrets.every((name) => declared.secret(name) === undefined)) return undefined;
  const { arn } = event.principal;
  const endpoints = declared.role(arn)?.vpcEndpoints;
  if (endpoints && (event.vpcEndpoint === undefined || !endpoints.includes(event.vpcEndpoint))) {
    const where = event.vpcEndpoint === undefined ? 'past every VPC endpoint' : `through ${event.vpcEndpoint}`;
    return {
      group: arn,
      secrets: event.secrets,
      severity: 'high',
      message: `${nameOf(event.principal)} read ${event.secrets.join(', ')} ${where}, but must go through ${endpoints.join(' or ')}`,
    };
  }
  const network = event.vpcEndpoint ?? (event.ip === undefined ? undefined : networkOf(event.ip));
  if (network === undefined) return undefined;
  const set = `network#${arn}`;
  const before = await state.membersOf(set, event.at, remembered);
  const since = await state.see(`network-since#${arn}`, event.at, remembered.milliseconds);
  await state.add(set, network, event.at, remembered);
  const isSettled = since !== undefined && event.at - since.first > settledAfter && before.length <= fewNetworks;
  if (!isSettled || before.includes(network)) return undefined;
  return {
    group: arn,
    secrets: event.secrets,
    message: `${nameOf(event.principal)} read ${event.secrets.join(', ')} from ${network}, where it was not seen in 60 days`,
  };
};

/** The first half of an IPv4 address, the first 32 bits of an IPv6 one. */
const networkOf = (ip: string): string => {
  if (isIPv4(ip)) return `${ip.split('.').slice(0, 2).join('.')}.0.0/16`;
  const [head = ''] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  return `${[...groups, '0', '0'].slice(0, 2).join(':')}::/32`;
};
