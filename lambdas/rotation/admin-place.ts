/** Holds an admin's credential to the server that it is for, and to times in which it is not being rotated itself. */
import { secretTag } from '../../lib/contract/index.ts';
import type { Endpoint, InstanceId, RotationPorts, SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import type { StoredValue } from './secret-value.ts';
import { pendingElsewhere } from './stages.ts';

/** What RDS, and nobody else, can tag the master secrets with that it keeps. */
const rdsInstanceTag = 'aws:rds:primaryDBInstanceArn';
const rdsClusterTag = 'aws:rds:primaryDBClusterArn';

type Place = Pick<Endpoint, 'host'> & Partial<Endpoint>;

/**
 * Whoever can have a secret of their own rotated by this function chooses its host and its `masterarn`. Without this
 * check the function would carry an admin's credential, which they may not read, to a server of theirs.
 *
 * @throws RotationError `admin-elsewhere`, `admin-rotating`; those of {@link RotationPorts.versions} and
 * {@link RotationPorts.instances}.
 */
export const refuseElsewhere = async (
  ports: RotationPorts,
  { masterarn, admin }: { readonly masterarn: string; readonly admin: StoredValue },
  { host, port }: Endpoint,
  name: string,
): Promise<void> => {
  const secret = await ports.versions.describe(masterarn);
  refuseRotating(secret, masterarn, name);
  const place = await placeOf(ports, secret, admin);
  const refuse = (why: string): RotationError =>
    new RotationError(
      'admin-elsewhere',
      `Secret ${name} is for ${host}:${port}, but its admin's secret ${masterarn} ${why}: name one server in both`,
      { retryable: false },
    );
  if (!place) throw refuse('does not say for which server it is');
  const samePort = place.port === undefined || place.port === port;
  if (place.host.toLowerCase() !== host.toLowerCase() || !samePort) {
    throw refuse(`is for ${place.host}${place.port === undefined ? '' : `:${place.port}`}`);
  }
};

/** An admin's rotation and one that the admin helps with come one after the other: between them the password changes. */
const refuseRotating = ({ stages }: SecretDescription, masterarn: string, name: string): void => {
  if (pendingElsewhere(stages) === undefined) return;
  throw new RotationError(
    'admin-rotating',
    `Secret ${name} waits: its admin's secret ${masterarn} is being rotated itself; once that has ended, a retry goes on`,
    { retryable: true },
  );
};

/** As everywhere, the facts in the tags win over those in the value. */
const placeOf = async (
  { instances }: RotationPorts,
  { tags }: SecretDescription,
  admin: StoredValue,
): Promise<Place | undefined> => {
  const id = instanceOf(tags);
  if (id !== undefined) return instances.describe(id);
  const host = tags[secretTag.host] ?? admin['host'];
  if (typeof host !== 'string' || host === '') return undefined;
  const port = tags[secretTag.port] ?? admin['port'];
  return { host, ...(port !== undefined && { port: Number(port) }) };
};

const instanceOf = (tags: SecretDescription['tags']): InstanceId | undefined => {
  const rds = tags[rdsInstanceTag]?.split(':').at(-1) ?? tags[secretTag.rds];
  if (rds !== undefined) return { rds };
  const rdsCluster = tags[rdsClusterTag]?.split(':').at(-1) ?? tags[secretTag.rdsCluster];
  return rdsCluster === undefined ? undefined : { rdsCluster };
};
