/** Which uses of keys concern secrets of an environment: by the ARN in the encryption context. */
import type { Construct } from 'constructs';
import { secretNamed, type SecretNames, secretsOf } from '../arns.ts';

interface Prefix {
  readonly prefix: string;
}

/** One list for each rule: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html, 2,048 characters a pattern. */
export const keyUsePatterns = (scope: Construct, environment: string, names?: SecretNames): Prefix[][] => {
  const prefixes = [
    ...secretsOf(scope, environment, names).map((pattern) => pattern.replace(/\*$/, '')),
    ...(names?.others ?? []).map((name) => secretNamed(scope, name).replace(/\?+$/, '')),
  ];
  const lists: Prefix[][] = [];
  let room = 0;
  for (const prefix of prefixes) {
    const length = prefix.length + longerAsDeployed;
    if (length > room) {
      lists.push([]);
      room = charactersAList;
    }
    room -= length;
    lists.at(-1)?.push({ prefix });
  }
  return lists;
};

/** The text around the list takes the rest. */
const charactersAList = 1_600;

/** Quotes, braces, and what CloudFormation fills in for a partition, an account or a region. */
const longerAsDeployed = 40;
