/**
 * ModifyDBInstance and ModifyDBCluster, as far as they change the master password: accepted at once, in force later.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { AwsRequest, AwsResponse } from '../../request.ts';
import { ServiceError } from '../../service-call.ts';
import { databaseAnswer } from './database-xml.ts';
import type { RegisteredDatabase } from './local-database.ts';

/** @param onError called for a database that did not accept its new password; the change stays pending */
export const modifyMasterPassword = (
  request: AwsRequest,
  registered: RegisteredDatabase,
  onError: (error: unknown) => void,
): AwsResponse => {
  const { database } = registered;
  const password = passwordIn(request, registered);
  const isCluster = database.kind === 'cluster';
  if (registered.masterPasswordPending) {
    const [code, what] = isCluster
      ? ['InvalidDBClusterStateFault', 'DB cluster']
      : ['InvalidDBInstanceState', 'Database instance'];
    throw new ServiceError(code, `${what} ${database.identifier} is not in available state.`);
  }
  const { setMasterPassword } = database;
  if (setMasterPassword === undefined) {
    throw new ServiceError(
      'InvalidParameterCombination',
      `${database.identifier} was registered in the local AWS without setMasterPassword: nobody can change its password`,
    );
  }
  registered.masterPasswordPending = true;
  void sleep(database.masterPasswordAfterMs, undefined, { ref: false })
    .then(() => setMasterPassword(password))
    .then(() => {
      registered.masterPasswordPending = false;
    })
    .catch(onError);
  return databaseAnswer(request.operation, registered, request.requestId);
};

const passwordIn = ({ input }: AwsRequest, { database, masterSecret }: RegisteredDatabase): string => {
  const { MasterUserPassword: password, ApplyImmediately: _now, ...rest } = input;
  const others = Object.keys(rest).filter((name) => !/^DB(Instance|Cluster)Identifier$/.test(name));
  if (others.length > 0 || typeof password !== 'string') {
    throw new ServiceError(
      'InvalidParameterCombination',
      `The local AWS changes MasterUserPassword of a registered database and nothing else (got ${others.join(', ') || 'nothing'})`,
    );
  }
  if (masterSecret) {
    throw new ServiceError(
      'InvalidParameterCombination',
      "You can't specify MasterUserPassword for a database with ManageMasterUserPassword enabled.",
    );
  }
  const longest = /mysql|mariadb/.test(database.engine) ? 41 : 128;
  // Any printable ASCII character but three.
  if (!/^[ -~]+$/.test(password) || /[/"@]/.test(password) || password.length < 8 || password.length > longest) {
    throw new ServiceError('InvalidParameterValue', 'The parameter MasterUserPassword is not a valid password.');
  }
  return password;
};
