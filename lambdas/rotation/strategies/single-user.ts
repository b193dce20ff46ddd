/** `single-user`: the application's one user gets a new password; it changes it itself, the admin helps where it can't. */
import type { Confirm, Credential, UserChange } from '../ports.ts';
import { DatabaseError, isAuthFailure, RotationError } from '../rotation-error.ts';
import { whilePending } from '../rotation.ts';
import { credentialOf, parseValue } from '../secret-value.ts';
import type { CredentialRotation, SetOutcome, Strategy } from './strategy.ts';

export const singleUser: Strategy = {
  name: 'single-user',
  nextUsername: (current, configured) => configured ?? (current['username'] as string | undefined),
  set: async (rotation) => {
    const { pending, current, admin } = rotation;
    if (current['username'] !== pending.username && (admin || current['username'] !== undefined)) {
      return setThroughAdmin(rotation, { resetPassword: true });
    }
    if (rotation.settings.provision) {
      const outcome = await setThroughAdmin(rotation, { resetPassword: false });
      if (outcome !== 'already-set') return outcome;
    }
    return changeAsUser(rotation);
  },
  test: async (rotation) => {
    const { ports, address, pending } = rotation;
    try {
      await ports.database.login(address, credentialOf(pending));
    } catch (error) {
      if (!isAuthFailure(error)) throw error;
      await restore(rotation, error);
    }
  },
};

/**
 * The normal way, in which no login fails: the current credential first, since in a rotation that was not disturbed it
 * is the one that works.
 */
const changeAsUser = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  const { ports, address, pending } = rotation;
  const current = currentCredential(rotation);
  // Equal passwords: this version was finished before, or copied. There is nothing to change, only to see that it holds.
  if (current.password === pending.password) return recover(rotation);
  try {
    return await changeFrom(rotation, current);
  } catch (error) {
    if (isAuthFailure(error)) return recover(rotation);
    if (!(error instanceof DatabaseError && error.uncertain)) throw error;
    // The answer to the change was lost, so it may have been committed: look once, before a retry changes it again.
    const works = await logsIn(() => ports.database.login(address, credentialOf(pending)));
    if (!works) throw error;
    return 'set-in-spite-of-error';
  }
};

/** The current credential is refused, so the pending one is tried, once; then whoever may still help. */
const recover = async (rotation: CredentialRotation): Promise<SetOutcome> => {
  const { ports, address, pending, admin } = rotation;
  if (await logsIn(() => ports.database.login(address, credentialOf(pending)))) return 'already-set';
  if (admin) return setThroughAdmin(rotation, { resetPassword: true });
  const previous = await previousCredential(rotation);
  if (previous) {
    try {
      const outcome = await changeFrom(rotation, previous);
      return outcome === 'changed' ? 'changed-from-previous' : outcome;
    } catch (error) {
      if (!isAuthFailure(error)) throw error;
    }
  }
  throw noCredentialWorks(rotation);
};

const changeFrom = async (rotation: CredentialRotation, credential: Credential): Promise<SetOutcome> => {
  const { ports, address, pending } = rotation;
  const outcome = await ports.database.changeOwnPassword(address, credential, pending.password, whilePending(rotation));
  return outcome === 'withdrawn' ? 'already-finished' : 'changed';
};

const setThroughAdmin = async (
  rotation: CredentialRotation,
  { resetPassword }: Pick<UserChange, 'resetPassword'>,
): Promise<SetOutcome> => {
  const { ports, address, pending, admin, secret, settings } = rotation;
  if (!admin) {
    throw new RotationError(
      'username-changed',
      `Secret ${secret.name}: the user changes to "${pending.username}", and no admin is declared that could give it a password`,
      { retryable: false },
    );
  }
  const change: UserChange = {
    username: pending.username,
    password: pending.password,
    resetPassword,
    version: rotation.token,
    ...(settings.provision && { grants: settings.provision }),
  };
  const changed = await ports.database.changeUser(address, admin, change, whilePending(rotation));
  const outcomes = {
    created: 'created-by-admin',
    reset: 'reset-by-admin',
    unchanged: 'already-set',
    withdrawn: 'already-finished',
  } as const;
  return outcomes[changed];
};

/**
 * After setSecret the pending password is refused. Where the current one logs in, nothing is lost; where it does not, it
 * is put back, so that the application, which has it, can work until the retry of the rotation.
 */
const restore = async (rotation: CredentialRotation, refusal: unknown): Promise<void> => {
  const { ports, address, pending, current, admin, secret } = rotation;
  const refused = (what: string): RotationError =>
    new RotationError(
      'pending-refused',
      `Secret ${secret.name}: user "${pending.username}" does not log in with the pending password, though it was set; ${what}`,
      { retryable: true, cause: refusal },
    );
  if (current['username'] !== pending.username) throw refused('there is no earlier password to return to');

  const login = (credential: Credential) => logsIn(() => ports.database.login(address, credential));
  if (await login(currentCredential(rotation))) throw refused('the current one logs in and stays in use');
  if (!admin) throw noCredentialWorks(rotation);

  // Under the lock the pending password is tried once more: a worker that set it meanwhile must not be undone.
  const stillBroken: Confirm = async () => (await whilePending(rotation)()) && !(await login(credentialOf(pending)));
  const change = { ...currentCredential(rotation), resetPassword: true, version: `restored-${rotation.token}` };
  const restored = await ports.database.changeUser(address, admin, change, stillBroken);
  if (restored !== 'withdrawn') throw refused('the current one was put back');
};

/** Before its first rotation the current value can be a lone password: the user is then the configured one. */
const currentCredential = ({ current, pending, secret }: CredentialRotation): Credential => {
  const { password } = current;
  if (typeof password !== 'string' || password === '') {
    throw new RotationError(
      'value-incomplete',
      `The value of secret ${secret.name}, AWSCURRENT lacks a usable password`,
      {
        retryable: false,
      },
    );
  }
  return { username: pending.username, password };
};

const previousCredential = async (rotation: CredentialRotation): Promise<Credential | undefined> => {
  const { ports, secret, current, pending } = rotation;
  const version = await ports.versions.read(secret.arn, { stage: 'AWSPREVIOUS' });
  if (version === undefined) return undefined;
  const { username, password } = parseValue(version.value, `secret ${secret.name}, AWSPREVIOUS`);
  const untried = password !== current['password'] && password !== pending.password;
  return username === pending.username && typeof password === 'string' && password !== '' && untried
    ? { username: pending.username, password }
    : undefined;
};

const logsIn = async (login: () => Promise<void>): Promise<boolean> => {
  try {
    await login();
    return true;
  } catch (error) {
    if (isAuthFailure(error)) return false;
    throw error;
  }
};

const noCredentialWorks = ({ secret, pending }: CredentialRotation): RotationError =>
  new RotationError(
    'no-credential-works',
    `Secret ${secret.name}: user "${pending.username}" logs in with none of the stored passwords, and no admin is declared; set its password to the AWSCURRENT one, or declare an admin, then rotate`,
    { retryable: false },
  );
