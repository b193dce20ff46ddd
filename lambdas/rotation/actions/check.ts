/** `check`: what a rotation needs, and which stored credentials log in. Changes nothing, and tries each credential once. */
import {
  checkNames,
  type CheckName,
  type CheckReport,
  type CheckResult,
  type CredentialState,
  type Notice,
} from '../../../lib/contract/index.ts';
import { readAdmin } from '../core/admin.ts';
import { checkConfiguration, type OnCheck } from '../steps/configuration.ts';
import { openSecret, type OnFacts, type OpenSecret } from '../steps/open-rotation.ts';
import type { Database } from '../../databases/port.ts';
import type { RotationPorts, SecretVersion, VersionSelector } from '../core/ports.ts';
import { type RotationFailure, isRotationFailure } from '../core/rotation-error.ts';
import { DatabaseError } from '../../databases/errors.ts';
import { desiredValue } from '../core/desired-value.ts';
import { addressOf, completeValue, credentialOf, namesUser, parseValue } from '../core/secret-value.ts';
import { checkPending, readCurrent, type CurrentVersion, type Rotation } from '../core/rotation.ts';
import { isSameValue } from '../core/same-value.ts';
import { leftPending, pendingElsewhere, versionWith } from '../core/stages.ts';
import { remainingUser } from './remaining-user.ts';
import { refuseOtherRefusal } from '../strategies/other-refusal.ts';
import { isOfSecret } from '../core/twins.ts';

export const check = async (
  secretId: string,
  ports: RotationPorts,
  environment: string,
  onFacts: OnFacts,
): Promise<CheckReport> => {
  let name = secretId;
  let opened: OpenSecret;
  try {
    opened = await openSecret(secretId, ports, environment, (facts) => {
      name = facts.secret ?? name;
      onFacts(facts);
    });
  } catch (error) {
    return { secret: name, checks: resultsOf('secret', error), credentials: { current: 'unknown' } };
  }
  const configuration = await examine(opened);
  const credentials = await credentialsOf(opened, configuration.currentLogsIn);
  return {
    secret: opened.secret.name,
    checks: credentials.current === 'refused' ? await explained(opened, configuration.checks) : configuration.checks,
    notices: configuration.notices,
    credentials,
  };
};

interface Configuration {
  readonly notices: readonly Notice[];
  readonly checks: readonly CheckResult[];
  /** Known already where the check itself logged in with the current credential. */
  readonly currentLogsIn: CredentialState | undefined;
}

const examine = async (opened: OpenSecret): Promise<Configuration> => {
  const progress: { at: CheckName; hasAdmin: boolean } = { at: 'secret', hasAdmin: true };
  const shown = (results: readonly CheckResult[]) =>
    results.filter(({ check: name, outcome }) => name !== 'admin' || progress.hasAdmin || outcome === 'failed');
  const notices: Notice[] = [];
  const onCheck: OnCheck = (name, what) => {
    if (what === 'absent') progress.hasAdmin = false;
    else progress.at = name;
  };
  try {
    const outcome = await checkConfiguration(opened, onCheck, undefined, (more) => notices.push(...more));
    notices.push(...(await remainingUser(opened)));
    const current = { 'current-logs-in': 'logs-in', 'previous-logs-in': 'refused', 'admin-may': undefined } as const;
    return {
      notices,
      checks: shown(checkNames.map((name) => ({ check: name, outcome: 'ok' }))),
      currentLogsIn: current[outcome],
    };
  } catch (error) {
    const { at, hasAdmin } = progress;
    const ownLogin = at === 'network' && !hasAdmin;
    return { notices, checks: shown(resultsOf(at, error)), currentLogsIn: ownLogin ? stateAfter(error) : undefined };
  }
};

/**
 * The database refuses AWSCURRENT, and the admin may do all that a rotation needs: it sets another password, unless the
 * password is right and something else keeps the user out. Of two users the other one may get in all the same.
 */
const explained = async (opened: OpenSecret, checks: readonly CheckResult[]): Promise<readonly CheckResult[]> => {
  if (opened.strategy.name === 'alternating-users' || checks.some(({ outcome }) => outcome !== 'ok')) return checks;
  try {
    const { value: current } = await readCurrent(opened);
    const what = `secret ${opened.secret.name}`;
    const value = await desiredValue(opened, current, current['password']);
    const admin = await readAdmin(opened, value);
    const address = await addressOf(value, what, opened);
    await refuseOtherRefusal({ ...opened, address, admin }, credentialOf(value));
    return checks;
  } catch (error) {
    const failed = resultsOf('login', error);
    return failed.filter(({ check: name }) => checks.some((one) => one.check === name));
  }
};

/** Every check before the failed one is fine, every one after it unknown. */
const resultsOf = (at: CheckName, error: unknown): readonly CheckResult[] => {
  const failure = failureOf(error);
  const failed = checkOf(at, failure);
  const index = checkNames.indexOf(failed);
  return checkNames.map((name, position) => {
    if (position < index) return { check: name, outcome: 'ok' };
    if (position > index) return { check: name, outcome: 'unknown' };
    return { check: name, outcome: 'failed', code: failure.code, message: failure.message };
  });
};

/** An error without a code is a fault in the function: the caller gets it as it is. */
const failureOf = (error: unknown): RotationFailure => {
  if (isRotationFailure(error)) return error;
  throw error;
};

/** A proxy is found by its name in the value, or by what it answers. */
const checkOf = (at: CheckName, failure: RotationFailure): CheckName => {
  if (failure.code === 'proxy-endpoint') return 'endpoint';
  return at === 'network' ? databaseCheckOf(failure) : at;
};

/** A login answers for network, TLS and credential; what an admin may not do comes after it. */
const databaseCheckOf = (failure: RotationFailure): CheckName => {
  if (failure.code === 'engine-mismatch') return 'endpoint';
  if (failure.code === 'login-refused-otherwise' || failure.code === 'user-disabled') return 'login';
  if (!(failure instanceof DatabaseError)) return 'privileges';
  switch (failure.kind) {
    case 'network':
      return 'network';
    case 'tls':
      return 'tls';
    case 'privilege':
      return 'privileges';
    case 'auth':
    case 'locked':
    case 'unknown':
      return 'login';
  }
};

const credentialsOf = async (
  opened: OpenSecret,
  currentKnown: CredentialState | undefined,
): Promise<CheckReport['credentials']> => {
  const { stages } = opened.secret;
  const tried = new Map<string, CredentialState>();
  const state = (version: VersionSelector, known?: CredentialState) => stateOf(opened, version, tried, known);
  const pendingVersion = pendingElsewhere(stages) ?? leftPending(stages);
  return {
    current: await state({ stage: 'AWSCURRENT' }, currentKnown),
    ...(versionWith(stages, 'AWSPREVIOUS') !== undefined && { previous: await state({ stage: 'AWSPREVIOUS' }) }),
    ...(pendingVersion !== undefined && { pending: await state({ versionId: pendingVersion }), pendingVersion }),
  };
};

/** @param tried - what came of the credentials before: one that two versions share is not tried twice. */
const stateOf = async (
  opened: OpenSecret,
  selector: VersionSelector,
  tried: Map<string, CredentialState>,
  known: CredentialState | undefined,
): Promise<CredentialState> => {
  const { ports, secret, settings } = opened;
  const what = `secret ${secret.name}`;
  const version = await ports.versions.read(secret.arn, selector);
  if (version === undefined) return 'no-value';
  try {
    if ('versionId' in selector) {
      const current = await readCurrent(opened);
      // For a test of the schedule Secrets Manager copies AWSCURRENT itself: nobody brought anything.
      if (isSameValue(version.value, current.text)) return 'no-value';
      if (!(await isUsable({ ...opened, token: selector.versionId }, version, current))) return 'not-ours';
    }
    const stored = parseValue(version.value, what);
    if (!namesUser(stored)) return known ?? 'unknown';
    const { username, password } = completeValue(stored, what, ports.database.engine);
    if (!isOfSecret(username, settings.username)) return 'not-ours';
    // Tags and AWSCURRENT name the address, whatever another version has.
    const { value: current } = await readCurrent(opened);
    const value = await desiredValue(opened, current, password, username);
    const login: Login = [await addressOf(value, what, opened), credentialOf(value)];
    const key = JSON.stringify(login);
    const state = known ?? tried.get(key) ?? (await tryOnce(ports.database, login));
    tried.set(key, state);
    return state;
  } catch (error) {
    failureOf(error);
    return 'unknown';
  }
};

/** Whether a rotation would go on with a pending value: this function wrote it, for what the tags and AWSCURRENT still say. */
const isUsable = async (rotation: Rotation, version: SecretVersion, current: CurrentVersion): Promise<boolean> => {
  try {
    await checkPending(rotation, version, current);
    return true;
  } catch (error) {
    if (failureOf(error).code === 'pending-not-ours') return false;
    throw error;
  }
};

type Login = Parameters<Database['login']>;

const tryOnce = async (database: Database, login: Login): Promise<CredentialState> => {
  try {
    await database.login(...login);
    return 'logs-in';
  } catch (error) {
    return stateAfter(failureOf(error));
  }
};

/** A refusal says something about the credential; that the network or TLS failed does not. */
const stateAfter = (error: unknown): CredentialState =>
  error instanceof DatabaseError && (error.kind === 'auth' || error.kind === 'locked') ? 'refused' : 'unknown';
