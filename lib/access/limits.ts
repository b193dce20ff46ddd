/**
 * What limits rights, so that two catalogs can be compared: fences that are in both, how long a credential is valid, who
 * receives audit events and alarms.
 */
import { destinationsOf } from '../model/contacts.ts';
import type { Application, Catalog, EnvironmentCatalog, Network, Secret } from '../model/catalog.ts';
import {
  auditOperations,
  auditSeverities,
  type DestinationSettings,
  keyAlias,
  matchesWildcards,
  type Suppression,
} from '../contract/index.ts';
import { isProduction } from './declared-access.ts';
import type { Right } from './rights.ts';

/** What `one` allows, of what is in both catalogs. What is in one catalog only is a matter of rights. */
export const limitsOf = (one: Catalog, other: Catalog): Right[] =>
  pairs(one.environments, other.environments).flatMap(([environment, its]) => [
    ...ofEnvironment(environment, its).map((limit) => right(environment, '*', limit)),
    ...pairs(environment.applications, its.applications).flatMap(([application, then]) =>
      ofApplication(environment.name, application, then).map((limit) => right(environment, application.name, limit)),
    ),
  ]);

type Limit = Pick<Right, 'who' | 'may' | 'what'>;

const right = ({ name }: EnvironmentCatalog, application: string, limit: Limit): Right => ({
  environment: name,
  application,
  role: '*',
  ...limit,
});

const pairs = <One extends { readonly name: string }>(these: readonly One[], those: readonly One[]): [One, One][] =>
  these.flatMap((one): [One, One][] => {
    const other = those.find(({ name }) => name === one.name);
    return other ? [[one, other]] : [];
  });

const ofEnvironment = (environment: EnvironmentCatalog, other: EnvironmentCatalog): Limit[] => {
  const {
    fences,
    network,
    networks = [],
    lacksDefaultNetwork,
    region,
    trail,
    destinations,
    contact,
    runbooks,
  } = environment;
  const inVpc = (what: string): Limit => ({ who: 'a reader in a VPC', may: 'read', what: `its secrets ${what}` });
  const { organizationId, vpcEndpoints = [], vpcs = [] } = fences ?? {};
  const boundary = other.fences?.permissionsBoundary;
  return [
    { who: 'every reader', may: 'read', what: `its secrets in ${region}` },
    // An added or removed fence is reported for each reader.
    ...(other.fences?.vpcEndpoints ? vpcEndpoints.map((endpoint) => inVpc(`through ${endpoint}`)) : []),
    ...(other.fences?.vpcs ? vpcs.map((vpc) => inVpc(`from ${vpc}`)) : []),
    ...(other.fences?.organizationId !== undefined && organizationId !== undefined
      ? [{ who: `a principal of ${organizationId}`, may: 'use', what: 'the secrets that name it' }]
      : []),
    ...(boundary !== undefined && boundary !== fences?.permissionsBoundary
      ? [{ who: 'every role that Strongroom creates', may: 'act', what: `beyond the boundary ${boundary}` }]
      : []),
    ...(trail === 'existing' && other.trail === 'create'
      ? [{ who: 'everyone', may: 'act', what: 'without the trail that Strongroom creates' }]
      : []),
    ...(fences?.byTag !== 'never' && other.fences?.byTag === 'never'
      ? [{ who: 'a consumer with many secrets', may: 'read', what: 'its secrets by tags' }]
      : []),
    ...destinations.map((one) => ({ who: 'the audit forwarder', may: 'send', what: destinationInWords(one) })),
    ...other.destinations
      .flatMap((its) =>
        lessAudited(
          destinations.find(({ name }) => name === its.name),
          its,
        ),
      )
      .map((what) => ({ who: 'everyone', may: 'act', what })),
    ...lessDetected(environment, other).map((what) => ({ who: 'everyone', may: 'act', what })),
    ...destinationsOf(contact).map((what) => ({ who: 'alarms about the platform', may: 'go to', what })),
    { who: 'every alarm', may: 'link to', what: runbooks },
    ...(lacksDefaultNetwork
      ? []
      : partsOf(network).map((what) => ({ who: 'a rotation function', may: 'run in', what }))),
    ...networks.flatMap((one) =>
      partsOf(one.network).map((what) => ({
        who: `a rotation function of network ${one.name}`,
        may: 'run in',
        what,
      })),
    ),
  ];
};

const partsOf = (network: Network | undefined): string[] =>
  network ? [network.vpc, ...network.subnets, ...network.securityGroups] : ['no VPC'];

/** Where the events go. Filters are in {@link lessAudited}. */
const destinationInWords = (settings: DestinationSettings): string => {
  const { name, type, view: _view, events: _events, minimumSeverity: _least, raw, ...where } = settings;
  const words = Object.entries(where).map(([key, value]) => `${key} ${String(value)}`);
  return `events to ${name} (${type}): ${words.join(', ')}${raw ? ', with the records of CloudTrail' : ''}`;
};

/** What a destination got by the other catalog, and does not get by this one. */
const lessAudited = (one: DestinationSettings | undefined, other: DestinationSettings): string[] => {
  if (one === undefined) return [`without events in ${other.name}`];
  const takes = ({ events }: DestinationSettings, operation: string): boolean =>
    events === undefined || events.some((pattern) => matchesWildcards(pattern, operation));
  const lost = auditOperations.filter((operation) => takes(other, operation) && !takes(one, operation));
  const lowest = ({ minimumSeverity }: DestinationSettings): number =>
    minimumSeverity === undefined ? 0 : auditSeverities.indexOf(minimumSeverity);
  return [
    ...(lost.length === 0 ? [] : [`without events of ${inShort(lost)} in ${one.name}`]),
    ...(lowest(one) > lowest(other) ? [`without events below ${one.minimumSeverity ?? ''} in ${one.name}`] : []),
  ];
};

/** Alerts that the other catalog raised, and this one does not. */
const lessDetected = (one: EnvironmentCatalog, other: EnvironmentCatalog): string[] => {
  const before = other.detections?.suppressions ?? [];
  const more = (one.detections?.suppressions ?? []).filter((now) => !before.some((then) => covers(then, now)));
  return [
    ...(isProduction(other) && !isProduction(one) ? ['without alerts of reads by people'] : []),
    ...more.map(
      ({ rule, principal = 'anyone', secret = 'any secret', until }) =>
        `without alerts of ${rule} for ${principal} and ${secret} until ${until}`,
    ),
  ];
};

/** Whether a suppression leaves out all that another one does. */
const covers = (wide: Suppression, narrow: Suppression): boolean =>
  wide.rule === narrow.rule &&
  wide.until >= narrow.until &&
  isWithin(wide.principal, narrow.principal) &&
  isWithin(wide.secret, narrow.secret);

/** A `*` of the narrow pattern is a character that only a `*` of the wide one takes. */
const isWithin = (wide: string | undefined, narrow: string | undefined): boolean =>
  wide === undefined || (narrow !== undefined && matchesWildcards(wide, narrow));

const inShort = (operations: readonly string[]): string =>
  operations.length <= 3
    ? operations.join(', ')
    : `${operations.slice(0, 3).join(', ')} and ${operations.length - 3} more`;

const ofApplication = (environment: string, { secrets, contact }: Application, other: Application): Limit[] => [
  ...pairs(secrets, other.secrets).flatMap(([secret, its]) => ofSecret(environment, secret, its)),
  ...destinationsOf(contact).map((what) => ({ who: 'alarms about its secrets', may: 'go to', what })),
];

const ofSecret = (environment: string, secret: Secret, other: Secret): Limit[] => {
  const { fullName, sensitivity, adopted, rotation } = secret;
  const who = `anyone who reads ${fullName}`;
  const grace = graceOf(rotation);
  const [valid, validThen] = [validityOf(rotation), validityOf(other.rotation)];
  return [
    ...(sensitivity === 'standard' && other.sensitivity === 'high'
      ? [{ who: `the key ${keyAlias(environment, sensitivity)}`, may: 'be used for', what: fullName }]
      : []),
    ...(adopted && other.adopted
      ? [
          { who: `the key ${adopted.keyArn ?? 'that AWS manages'}`, may: 'be used for', what: fullName },
          { who: fullName, may: 'be', what: adopted.arn },
        ]
      : []),
    ...(grace > graceOf(other.rotation) && graceOf(other.rotation) > 0
      ? [{ who, may: 'read', what: `the value before the current one for ${grace} hours` }]
      : []),
    ...(valid > validThen
      ? [{ who, may: 'use', what: `its value ${valid === Infinity ? 'without end' : `for ${valid} hours`}` }]
      : []),
  ];
};

/** Longest time until a value is replaced, in hours. */
const validityOf = (rotation: Secret['rotation']): number =>
  rotation.kind === 'manual' ? Infinity : rotation.everyHours;

const graceOf = (rotation: Secret['rotation']): number =>
  rotation.kind === 'automatic' ? (rotation.graceHours ?? 0) : 0;
