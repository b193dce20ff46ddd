/** Claims that the catalog alone shows. */
import type { Application, Secret } from '../../../../lib/model/index.ts';
import { type Claim, type Facts, findingOf, fromCatalog, organisationFile, type Part, type Shown } from './claim.ts';

const noSecrets = 'the environment has no secrets';
const dayMs = 24 * 3_600_000;

const ofSecrets =
  (judge: (secret: Secret, application: Application, facts: Facts) => Shown | undefined, nothing = noSecrets) =>
  (facts: Facts) =>
    findingOf(
      facts.environment.applications.flatMap((application) =>
        application.secrets.flatMap((secret): Part[] => {
          const shown = judge(secret, application, facts);
          return shown ? [fromCatalog(facts, application.file, secret.fullName, shown)] : [];
        }),
      ),
      'secret',
      nothing,
    );

const ofEnvironment = (judge: (facts: Facts) => Shown) => (facts: Facts) =>
  findingOf(
    [fromCatalog(facts, organisationFile(facts), facts.environment.name, judge(facts))],
    'environment',
    'there is no environment',
  );

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html, and 8.6.3 of PCI DSS as the rule pack limits it. */
const longestHours = 90 * 24;

const credentialClasses: readonly Secret['class'][] = [
  'database',
  'api-key',
  'oauth-client',
  'tls-certificate',
  'ssh-key',
];

export const declaredClaims = {
  'secrets-declared': {
    title: 'Every secret is declared in the catalog, with its class and sensitivity',
    check: ofSecrets((secret) => ({ shows: `class ${secret.class}, sensitivity ${secret.sensitivity}` })),
  },
  'owners-declared': {
    title: 'Every application with secrets has an owner, and a contact that gets its alarms',
    check: (facts) =>
      findingOf(
        facts.environment.applications.map((application) => {
          const { name, owner, contact, file } = application;
          return fromCatalog(facts, file, name, {
            shows: `owner ${owner}, contact ${contact.name}`,
            ...((owner === '' || contact.name === '') && {
              gap: { what: 'it has no owner or no contact', next: `name both in ${file}` },
            }),
          });
        }),
        'application',
        'the environment has no applications',
      ),
  },
  'readers-declared': {
    title: 'Every secret names the principals that may read it',
    check: ofSecrets((secret, { secrets, file }) => {
      const others = (secret.sharedWith ?? []).flatMap(({ application, readers }) =>
        readers.map((reader) => `${application}/${reader}`),
      );
      const readers = [...secret.readers, ...others];
      const administers = secrets.some(
        ({ rotation }) =>
          rotation.kind === 'automatic' &&
          rotation.admin !== undefined &&
          'secret' in rotation.admin &&
          rotation.admin.secret === secret.name,
      );
      if (readers.length > 0 || administers) {
        return { shows: readers.length > 0 ? `readers: ${readers.join(', ')}` : 'read by the rotation alone' };
      }
      return {
        shows: 'no reader',
        gap: {
          what: 'no one is declared to read it, so why it is kept is not known',
          next: `declare its readers in ${file}; before you remove a secret, make sure that nothing uses its value`,
        },
      };
    }),
  },
  'rotation-declared': {
    title: 'Every credential rotates at least every 90 days, or an approved exception says why it does not',
    check: ofSecrets((secret, { file }) => {
      const { rotation, exception } = secret;
      const approved = exception && `exception until ${exception.until}, approved by ${exception.approvedBy}`;
      if (rotation.kind === 'manual') {
        if (exception) return { shows: `changed by hand: ${approved ?? ''}` };
        if (!credentialClasses.includes(secret.class)) return undefined;
        const next = `add a rotation or an exception to ${file}`;
        return { shows: 'changed by hand', gap: { what: 'nothing rotates it, and no exception says why', next } };
      }
      const days = Math.ceil(rotation.everyHours / 24);
      const shows = `every ${days} days at most (${rotation.schedule.expression})`;
      if (rotation.everyHours <= longestHours || exception)
        return { shows: approved ? `${shows}; ${approved}` : shows };
      const next = `shorten every: in ${file}, or add an exception`;
      return { shows, gap: { what: `it rotates every ${days} days only`, next } };
    }, 'no secret of the environment is a credential'),
  },
  'exceptions-valid': {
    title: 'Every exception has a reason, an approver and an end that has not passed',
    check: ofSecrets((secret, { file }, { now }) => {
      const { exception } = secret;
      if (!exception) return undefined;
      const shows = `${exception.reason}; approved by ${exception.approvedBy}, until ${exception.until}`;
      // The last day still counts, in UTC.
      if (Date.parse(exception.until) + dayMs > now.getTime()) return { shows };
      const next = `rotate the secret, or have the exception approved again in ${file}`;
      return { shows, gap: { what: `its exception ended on ${exception.until}`, next } };
    }, 'no secret has an exception'),
  },
  'database-tls': {
    title: 'Every database of a secret is reached with verified TLS',
    check: ofSecrets(({ database }, { file }) => {
      if (!database) return undefined;
      if (database.tls !== 'disable') return { shows: `${database.engine}, TLS verified` };
      const next = `enable TLS on the server and remove tls: disable from ${file}`;
      return {
        shows: `${database.engine}, no TLS`,
        gap: { what: 'its password crosses the network without TLS', next },
      };
    }, 'no secret is of a database'),
  },
  'values-outside': {
    title: 'No file of the catalog has the value of a secret: it is generated, or put after the deployment',
    check: ofSecrets(({ value }) => ({ shows: value === 'generated' ? 'generated by AWS' : 'put by an operator' })),
  },
  'break-glass-declared': {
    title: 'Emergency access is a separate role that only named principals can assume',
    check: ofEnvironment(({ environment: { breakGlass, name } }) => {
      const next = `name who may assume the break-glass role of ${name} in organisation.yaml (breakGlass)`;
      return breakGlass.length > 0
        ? { shows: `assumed by ${breakGlass.join(', ')}` }
        : { shows: 'no one', gap: { what: 'no one can read or repair secrets in an emergency', next } };
    }),
  },
  'fences-declared': {
    title: 'Reads are limited to the organisation, a network or a VPC endpoint, besides the identity',
    check: ofEnvironment(({ environment: { fences } }) => {
      const { organizationId, vpcEndpoints = [], vpcs = [] } = fences ?? {};
      const named = [...(organizationId === undefined ? [] : [organizationId]), ...vpcEndpoints, ...vpcs];
      const next = 'set fences in organisation.yaml, after you have checked from where each consumer reads';
      return named.length > 0
        ? { shows: named.join(', ') }
        : { shows: 'no fence', gap: { what: 'valid credentials of a reader work from any network', next } };
    }),
  },
  'siem-declared': {
    title: 'Audit events leave the account for at least one other system',
    check: ofEnvironment(({ environment: { destinations } }) =>
      destinations.length > 0
        ? { shows: destinations.map(({ name, type }) => `${name} (${type})`).join(', ') }
        : {
            shows: 'no destination',
            gap: { what: 'events stay in the account that they are about', next: 'add siem: to organisation.yaml' },
          },
    ),
  },
} as const satisfies Readonly<Record<string, Claim>>;
