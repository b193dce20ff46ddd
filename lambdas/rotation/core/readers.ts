/** Tests a credential on the replicas, which learn of it some time after the writer. */
import type { Credential, DatabaseAddress, Endpoint } from '../../databases/port.ts';
import { type RotationFailure, RotationError } from './rotation-error.ts';
import { DatabaseError, isAuthFailure } from '../../databases/errors.ts';
import { retrying } from '../../runtime/retry.ts';
import type { Rotation } from './rotation.ts';
import { refuseProxy } from './host-names.ts';

/** Attempts per replica and invocation: each refusal counts against the user there. */
const loginsPerReader = 4;

/**
 * Waits until every replica accepts what the writer accepts. There is no reason to wait for one that can't be reached: nobody can
 * log in there with any password, and what it lacks it learns when it is back.
 *
 * @throws RotationError `replica-behind`; DatabaseError of any kind but `auth` and `network`.
 */
export const testReaders = async (
  rotation: Rotation,
  writer: DatabaseAddress,
  credential: Credential,
): Promise<'all-accept' | 'some-unreachable'> => {
  let outcome: 'all-accept' | 'some-unreachable' = 'all-accept';
  for (const reader of await readersOf(rotation, writer)) {
    refuseProxy(reader.host, `Secret ${rotation.secret.name}, its replicas`);
    const accepted = await untilAccepted(rotation, { ...writer, ...reader }, credential);
    if (!accepted) outcome = 'some-unreachable';
  }
  return outcome;
};

/** @throws RotationError `proxy-endpoint`. */
export const refuseProxiesAsReaders = async (
  rotation: Pick<Rotation, 'ports' | 'secret' | 'settings'>,
  writer: DatabaseAddress,
): Promise<void> => {
  for (const { host } of await readersOf(rotation, writer)) {
    refuseProxy(host, `Secret ${rotation.secret.name}, its replicas`);
  }
};

const readersOf = async (
  { ports, settings: { host, readReplicas } }: Pick<Rotation, 'ports' | 'settings'>,
  { port }: DatabaseAddress,
): Promise<readonly Endpoint[]> => {
  const known = host && !('name' in host) ? (await ports.instances.describe(host)).readers : [];
  const named = readReplicas.map((replica) => ({ port, ...replica }));
  return [...known, ...named.filter(({ host }) => !known.some((reader) => reader.host === host))];
};

/** `false` if it can't be reached. */
const untilAccepted = async (
  { ports, secret }: Rotation,
  reader: DatabaseAddress,
  credential: Credential,
): Promise<boolean> => {
  try {
    await retrying(() => ports.database.login(reader, credential), {
      clock: ports.clock,
      attempts: loginsPerReader,
      afterError: isAuthFailure,
    });
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'network') return false;
    throw isAuthFailure(error) ? behind(secret.name, reader, error) : error;
  }
};

const behind = (name: string, { host, port }: DatabaseAddress, cause: unknown): RotationFailure =>
  new RotationError(
    'replica-behind',
    `Secret ${name}: the replica ${host}:${port} does not accept yet what the writer accepts; a retry looks again`,
    { retryable: true, cause },
  );
