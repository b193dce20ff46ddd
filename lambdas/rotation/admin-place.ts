/** Holds an admin's credential to the server that it is for. */
import { secretTag } from '../../lib/contract/index.ts';
import type { InstanceId, RotationPorts, SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import type { CompleteValue, StoredValue } from './secret-value.ts';

/** What RDS, and nobody else, can tag the master secrets with that it keeps. */
const rdsInstanceTag = 'aws:rds:primaryDBInstanceArn';
const rdsClusterTag = 'aws:rds:primaryDBClusterArn';

interface Place {
  readonly host: string;
  readonly port?: number;
}

/**
 * Whoever can have a secret of their own rotated by this function chooses its host and its `masterarn`. Without this
 * check the function would carry an admin's credential, which they may not read, to a server of theirs.
 *
 * @throws RotationError `admin-elsewhere`; those of {@link RotationPorts.versions} and {@link RotationPorts.instances}.
 */
export const refuseElsewhere = async (
  ports: RotationPorts,
  { masterarn, admin }: { readonly masterarn: string; readonly admin: StoredValue },
  { host, port }: CompleteValue,
  name: string,
): Promise<void> => {
  const place = await placeOf(ports, masterarn, admin);
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

/** As everywhere, the facts in the tags win over those in the value. */
const placeOf = async (
  { versions, instances }: RotationPorts,
  masterarn: string,
  admin: StoredValue,
): Promise<Place | undefined> => {
  const { tags } = await versions.describe(masterarn);
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
