/** Holds an admin's credential to the server that it is for, and to times in which it is not being rotated itself. */
import { engineFacts, secretTag } from '../../../lib/contract/index.ts';
import type { DatabaseAddress } from '../../databases/port.ts';
import type { InstanceId, RotationPorts, SecretDescription } from './ports.ts';
import { type RotationFailure, RotationError } from './rotation-error.ts';
import type { StoredValue } from './secret-value.ts';
import type { RotationSettings } from './settings.ts';
import { pendingElsewhere } from './stages.ts';

/** What RDS, and nobody else, can tag the master secrets with that it keeps. */
const rdsInstanceTag = 'aws:rds:primaryDBInstanceArn';
const rdsClusterTag = 'aws:rds:primaryDBClusterArn';

interface Place {
  readonly host: string;
  readonly port?: number;
  /** Whether all of it comes from tags or from RDS. */
  readonly declared: boolean;
}

/**
 * Anyone who can have their own secret rotated by this function chooses its host and its `masterarn`. Without this
 * check the function would carry an admin's credential, which they may not read, to a server of theirs.
 *
 * @throws RotationError `admin-elsewhere`, `admin-rotating`; those of {@link RotationPorts.versions} and
 * {@link RotationPorts.instances}.
 */
export const refuseElsewhere = async (
  ports: RotationPorts,
  { masterarn, admin }: { readonly masterarn: string; readonly admin: StoredValue },
  { host, port, tls }: DatabaseAddress,
  { name, settings }: { readonly name: string; readonly settings: RotationSettings },
): Promise<void> => {
  const secret = await ports.versions.describe(masterarn);
  refuseRotating(secret, masterarn, name);
  const place = await placeOf(ports, secret, admin);
  const refuse = (why: string): RotationFailure =>
    new RotationError(
      'admin-elsewhere',
      `Secret ${name} is for ${host}:${port}, but its admin's secret ${masterarn} ${why}: name one server in both`,
      { retryable: false },
    );
  if (!place) throw refuse('does not say for which server it is');
  // A port that the deployment names is as good as one in the admin's secret.
  const known = place.port ?? settings.port ?? engineFacts[ports.database.engine].port;
  const samePort = known === port;
  if (place.host.toLowerCase() !== host.toLowerCase() || !samePort) {
    // The "host" of a secret's value may be anything.
    throw refuse(
      place.declared
        ? `is for ${place.host}${place.port === undefined ? '' : `:${place.port}`}`
        : 'is for another server',
    );
  }
  if (tls.mode === 'off') return;
  // A value that brings an authority or another name vouches for the server that the admin logs in at.
  if (tls.ca !== undefined && tls.ca !== admin['ca']) {
    throw refuse('has not the same certificate authorities in "ca" as the value of this secret');
  }
  if (tls.servername !== undefined && ![settings.servername, admin['servername']].includes(tls.servername)) {
    throw refuse('has not the same "servername" as the value of this secret');
  }
};

/** An admin's rotation and one that the admin helps with come one after the other: between them the password changes. */
const refuseRotating = ({ stages }: SecretDescription, masterarn: string, name: string): void => {
  if (pendingElsewhere(stages) === undefined) return;
  throw new RotationError(
    'admin-rotating',
    `Secret ${name} waits: its admin's secret ${masterarn} is being rotated itself; once that has ended, a retry continues`,
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
  if (id !== undefined) {
    const { host, port } = await instances.describe(id);
    return { host, port, declared: true };
  }
  const host = tags[secretTag.host] ?? admin['host'];
  if (typeof host !== 'string' || host === '') return undefined;
  const port = tags[secretTag.port] ?? admin['port'];
  const declared = host === tags[secretTag.host] && (port === undefined || port === tags[secretTag.port]);
  return { host, ...(port !== undefined && { port: Number(port) }), declared };
};

const instanceOf = (tags: SecretDescription['tags']): InstanceId | undefined => {
  const rds = tags[rdsInstanceTag]?.split(':').at(-1) ?? tags[secretTag.rds];
  if (rds !== undefined) return { rds };
  const rdsCluster = tags[rdsClusterTag]?.split(':').at(-1) ?? tags[secretTag.rdsCluster];
  return rdsCluster === undefined ? undefined : { rdsCluster };
};
