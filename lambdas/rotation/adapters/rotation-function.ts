/** What the rotation functions of all engines have in common: environment, clients, log, handler. */
import { readFileSync } from 'node:fs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  authoritiesVariable,
  engineFacts,
  networkVariable,
  rotationVariables,
  type DatabaseEngine,
  CodedError,
} from '../../../lib/contract/index.ts';
import { readEnvironment } from '../../runtime/environment.ts';
import { createLog } from '../../runtime/log.ts';
import { Redactor } from '../../runtime/redaction.ts';
import { systemClock } from '../../runtime/clock.ts';
import { createHandler, type RotationHandler } from '../create-handler.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import { randomPasswords } from '../../databases/passwords.ts';
import type { Database } from '../../databases/port.ts';
import type { Instances } from '../core/ports.ts';
import { recentProofs } from '../core/proofs.ts';
import { RotationError } from '../core/rotation-error.ts';
import { awsClientOptions } from '../../runtime/adapters/aws-client.ts';
import { databaseTrust, type DatabaseTrust } from '../../databases/database-trust.ts';
import { secretsManagerVersions } from './secrets-manager.ts';

export interface RotationFunctionOptions {
  readonly engine: DatabaseEngine;
  /** The engine for one invocation. */
  readonly database: (options: { readonly trust: DatabaseTrust; readonly deadline: Deadline }) => Database;
  /** Those that vouch for the engine's servers, in addition to the ones of the function or of a secret. */
  readonly authorities: Parameters<typeof databaseTrust>[0];
  /**
   * RDS for one invocation. Given by the entries of the engines that it runs, so that the others' bundles are without
   * its client.
   */
  readonly instances?: (deadline: Deadline) => Instances;
}

/**
 * The handler of the function for one engine. Clients that {@link RotationFunctionOptions} needs are made once, by the
 * entry.
 *
 * @throws CodedError `environment-incomplete`, `environment-wrong`.
 */
export const rotationFunction = ({
  engine,
  database,
  authorities,
  instances,
}: RotationFunctionOptions): RotationHandler => {
  const { environment, engine: named } = readEnvironment(rotationVariables, process.env);
  if (named !== engine) {
    const message = `${rotationVariables.engine} is "${named}"; this function serves ${engine}: deploy the construct's own entry`;
    throw new CodedError('environment-wrong', message, { retryable: false });
  }
  const network = process.env[networkVariable];
  const extraAuthorities = process.env[authoritiesVariable];
  let trusted: Promise<DatabaseTrust> | undefined;
  const trust = (): Promise<DatabaseTrust> =>
    (trusted ??= databaseTrust(authorities, extraAuthorities ? readFileSync(extraAuthorities, 'utf8') : undefined));
  const secretsManager = new SecretsManagerClient(awsClientOptions);
  const proofs = recentProofs({ now: () => new Date() });
  const redactor = new Redactor();
  return createHandler({
    environment,
    engine,
    ...(network !== undefined && { network }),
    log: createLog(`rotation-${engine}`, redactor),
    redactor,
    ports: async (deadline) => ({
      versions: secretsManagerVersions(secretsManager, deadline),
      instances: instances?.(deadline) ?? notOnRds(engine),
      database: database({ trust: await trust(), deadline }),
      passwords: randomPasswords,
      clock: systemClock(deadline),
      proofs,
    }),
  });
};

const notOnRds = (engine: DatabaseEngine): Instances => {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new RotationError(
        'instance-unknown',
        `${engineFacts[engine].label} does not run on RDS: name the host instead of an instance or a cluster`,
        { retryable: false },
      ),
    );
  return { describe: refuse, setMasterPassword: refuse };
};
