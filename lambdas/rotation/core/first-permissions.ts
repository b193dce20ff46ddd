/**
 * Waits for AWS in the first rotation of a secret: a new policy or KMS alias is not in force everywhere for some minutes.
 * Later rotations have seen their permissions work, so a refusal there is an answer and is not repeated.
 */
import type { Clock } from '../../runtime/clock.ts';
import { retrying } from '../../runtime/retry.ts';
import type { RotationPorts, SecretVersions } from './ports.ts';
import { type RotationFailure, isRotationFailure, RotationError } from './rotation-error.ts';

/** Until the secret could be described, it is unknown whether this is its first rotation. */
const triesBeforeKnown = 5;
/** Each refused call is a line in CloudTrail, so a few of the longest pauses are between two. */
const pausesBetween = 4;
const longestPause = 10;

/** @param isFirst - `undefined` as long as that is not known. */
export const awaitingPermissions = (ports: RotationPorts, isFirst: () => boolean | undefined): RotationPorts => {
  const patient: Patient = (call) => untilPermitted(call, ports.clock, isFirst);
  const { versions, instances, database } = ports;
  return {
    ...ports,
    versions: patientVersions(versions, patient),
    instances: {
      describe: (id) => patient(() => instances.describe(id)),
      setMasterPassword: (id, password) => patient(() => instances.setMasterPassword(id, password)),
    },
    // ElastiCache and MemoryDB keep their users behind an API of AWS.
    database: {
      ...database,
      changeUser: (...args) => patient(() => database.changeUser(...args)),
      checkAdmin: (...args) => patient(() => database.checkAdmin(...args)),
    },
  };
};

type Patient = <Result>(call: () => Promise<Result>) => Promise<Result>;

const patientVersions = (versions: SecretVersions, patient: Patient): SecretVersions => ({
  ...versions,
  describe: (secretId) => patient(() => versions.describe(secretId)),
  read: (...args) => patient(() => versions.read(...args)),
  mark: (...args) => patient(() => versions.mark(...args)),
  unmark: (...args) => patient(() => versions.unmark(...args)),
  storePending: (...args) => patient(() => versions.storePending(...args)),
  promote: (...args) => patient(() => versions.promote(...args)),
  removeLabel: (...args) => patient(() => versions.removeLabel(...args)),
});

const untilPermitted = async <Result>(
  call: () => Promise<Result>,
  clock: Clock,
  isFirst: () => boolean | undefined,
): Promise<Result> => {
  const last = { mayPass: false };
  try {
    return await retrying(call, {
      clock: slowed(clock),
      afterError: (error, attempt) => {
        last.mayPass = isDenied(error) && (isFirst() ?? attempt < triesBeforeKnown);
        return last.mayPass;
      },
    });
  } catch (error) {
    throw last.mayPass && isDenied(error) ? stillDenied(error) : error;
  }
};

const isDenied = (error: unknown): error is RotationFailure => isRotationFailure(error) && error.code === 'aws-denied';

const slowed = (clock: Clock): Clock => ({
  ...clock,
  pause: async () => {
    for (let pause = 1; pause <= pausesBetween; pause++) await clock.pause(longestPause);
  },
});

/** Retryable, so that the pending version stays for the next try of Secrets Manager. */
const stillDenied = (error: RotationFailure): RotationFailure =>
  new RotationError(
    'aws-denied',
    `${error.message}; new permissions and KMS aliases need some minutes on AWS, so the next attempt of this first rotation asks again`,
    { retryable: true, cause: error },
  );
