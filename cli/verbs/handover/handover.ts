/** `strongroom handover`: what a deployment can't make: policies of permission sets and other accounts, tags of adopted secrets. */

import {
  type HandedReader,
  type Handover,
  handovers,
  secondFactorTag,
  tooMuch,
} from '../../../lib/reader-policies/handover.ts';
import type { AccessFilter } from '../../../lib/access/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { count, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { checkFilter } from '../access/access.ts';
import { tagsToSet, type TagsToSet } from './adopted-tags.ts';
import { stylesOf } from '../../terminal/styles.ts';

export interface HandoverOptions extends AccessFilter {
  readonly catalog: string;
}

/**
 * Prints each permission set and role that reads in the environment or application asked for, with the whole policy: a
 * part of it would take the other part away.
 *
 * @throws {@link CatalogError} with every problem of every file
 * @throws {@link UsageError} where the catalog has no such environment or application, or a policy would not fit
 */
export const handover = (host: Host, { catalog: directory, ...filter }: HandoverOptions): void => {
  const { environment, application } = filter;
  const catalog = loadCatalog(directory, { today: host.now() });
  checkFilter(catalog, filter);
  const found = handovers(catalog).filter(({ readers }) =>
    readers.some(
      (reader) =>
        (environment === undefined || reader.environment === environment) &&
        (application === undefined || reader.application === application),
    ),
  );
  for (const one of found) {
    const refused = tooMuch(one);
    if (refused !== undefined) throw new UsageError(refused);
  }
  const handed = found.map((one) => ({ ...one, steps: stepsOf(one) }));
  const tags = tagsToSet(catalog, filter);
  print(host, { handover: handed, tags }, () =>
    handed.length + tags.length === 0 ? [nothing] : [...inLines(host, handed), ...tagsInLines(host, tags)],
  );
};

const nothing =
  'Nothing to hand over: no permission set and no role of another account reads, and no secret is adopted.';

const stepsOf = (one: Handover): string[] =>
  'permissionSet' in one.to ? stepsOfPermissionSet(one.to.permissionSet) : stepsOfAccount(one.to, one);

const stepsOfPermissionSet = (permissionSet: string): string[] => [
  `In IAM Identity Center, add the policy to the inline policy of permission set ${permissionSet}, and provision it.`,
  'Settings, Authentication, Multi-factor authentication: prompt at every sign-in, block who has no device registered.',
  `Settings, Attributes for access control: map ${secondFactorTag} to an attribute that is true once the second factor ` +
    'is checked. Without it nobody reads: Identity Center does not set aws:MultiFactorAuthPresent.',
];

const stepsOfAccount = (
  { account, roleArn }: Extract<Handover['to'], { account: string }>,
  { readers, policies }: Handover,
): string[] => [
  `Deploy ${environmentsOf(readers)} of Strongroom first: policies of secrets and keys there name the role.`,
  `In account ${account}, attach ${policies.length === 1 ? 'the policy' : `the ${policies.length} policies`} to ${roleArn}.`,
  'Read each secret by its complete ARN: across accounts a name finds nothing. `aws secretsmanager describe-secret` ' +
    'in the account of the secret prints it.',
  ...readers.flatMap(fenceOf),
];

const environmentsOf = (readers: readonly HandedReader[]): string => {
  const names = [...new Set(readers.map(({ environment }) => environment))];
  return `${names.length === 1 ? 'environment' : 'environments'} ${names.join(', ')}`;
};

const fenceOf = ({ environment, consumer, vpcEndpoints, vpcs }: HandedReader): string[] => {
  const through = [
    ...(vpcEndpoints.length > 0 ? [`through one of ${vpcEndpoints.join(', ')}`] : []),
    ...(vpcs.length > 0 ? [`from one of ${vpcs.join(', ')}`] : []),
  ];
  return through.length === 0
    ? []
    : [
        `Read the secrets of ${environment} ${through.join(' and ')}: others are refused. ` +
          `Consumer ${consumer} is free of it with network: any.`,
      ];
};

const inLines = (host: Host, handed: readonly (Handover & { readonly steps: readonly string[] })[]): string[] => {
  const { bold, dim } = stylesOf(host);
  return handed.flatMap(({ to, readers, policies, steps }) => [
    bold('permissionSet' in to ? `permission set ${to.permissionSet}` : `${to.roleArn} (account ${to.account})`),
    ...readers.map((reader) => dim(inWords(reader))),
    '',
    ...policies.flatMap((policy, index) => [
      ...(policies.length > 1 ? [`Policy ${index + 1} of ${policies.length}`] : []),
      JSON.stringify(policy, undefined, 2),
      '',
    ]),
    ...steps.map((step, index) => `${index + 1}. ${step}`),
    '',
  ]);
};

const inWords = ({ environment, application, consumer, secrets, databases }: HandedReader): string => {
  const reads = [
    count(secrets.length, 'secret'),
    ...(databases.length > 0 ? [count(databases.length, 'database')] : []),
  ];
  return `  as consumer ${consumer} of ${application} in ${environment}: ${reads.join(', ')}`;
};

const tagsInLines = (host: Host, tags: readonly TagsToSet[]): string[] => {
  const { bold, dim } = stylesOf(host);
  if (tags.length === 0) return [];
  return [
    bold(`tags of ${count(tags.length, 'adopted secret')}`),
    dim(
      '  Rotation reads from them what the catalog says, and operators may act on what has them. Set them before the',
    ),
    dim(
      '  deployment, under a role that may: from then on break-glass alone can, and the CloudFormation execution role.',
    ),
    '',
    ...tags.flatMap(({ command }) => [command, '']),
  ];
};
