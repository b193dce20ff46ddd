/** Ends the credential before the current one, once its grace time is over. Safe to repeat from any point. */
import { parseGrace, secretTag, type RotationStrategy } from '../../../lib/contract/index.ts';
import { readAdmin } from '../core/admin.ts';
import { desiredValue } from '../core/desired-value.ts';
import { defaultGraceHours, graceEnd, looksForHours, promotedAt } from '../core/grace.ts';
import { withSettings, type OpenSecret } from '../steps/open-rotation.ts';
import type { Admin, Confirm, Database, DatabaseAddress } from '../../databases/port.ts';
import type { RotationPorts, SecretDescription } from '../core/ports.ts';
import { DatabaseError } from '../../databases/errors.ts';
import { RotationError } from '../core/rotation-error.ts';
import { findPending, readCurrent } from '../core/rotation.ts';
import {
  addressOf,
  completeValue,
  isText,
  parseValue,
  type CompleteValue,
  type StoredValue,
} from '../core/secret-value.ts';
import { pendingElsewhere, versionWith } from '../core/stages.ts';
import { areTwins, isOfSecret } from '../core/twins.ts';

export type Discarded = 'discarded' | 'nothing';

/** Whether a listed secret is worth a look: it has an AWSPREVIOUS that is old enough. */
export const mayBeDiscarded = ({ stages, tags, lastRotatedAt }: SecretDescription, now: Date): boolean => {
  if (versionWith(stages, 'AWSPREVIOUS') === undefined) return false;
  if (lastRotatedAt === undefined) return true;
  const grace = tags[secretTag.grace];
  const graceHours = parseGrace(grace ?? '') ?? defaultGraceHours;
  const end = graceEnd(lastRotatedAt, graceHours);
  return end <= now && (grace !== undefined || now < graceEnd(end, looksForHours));
};

/** Whether two users take turns, and either could still make objects that the other has no right to. */
export const maySettle = ({ stages, tags }: SecretDescription, { settleOwnership }: Database): boolean =>
  settleOwnership !== undefined &&
  tags[secretTag.strategy] === 'alternating-users' &&
  versionWith(stages, 'AWSPREVIOUS') !== undefined;

/**
 * Within the grace time of `alternating-users` it only settles who owns what both users made since.
 *
 * @throws RotationError as a rotation does.
 */
export const discard = async (
  listed: SecretDescription,
  ports: RotationPorts,
  environment: string,
): Promise<Discarded> => {
  const opened = withSettings(listed, ports, environment, () => undefined);
  const { settings, secret, strategy } = opened;
  const previousVersion = versionWith(secret.stages, 'AWSPREVIOUS');
  if (previousVersion === undefined) return 'nothing';
  // By its id: the label is of a moment ago, and a version that seems to have no value would lose it undiscarded.
  const previous = await ports.versions.read(secret.arn, { versionId: previousVersion });
  const current = await readCurrent(opened);
  const graceHours = settings.graceHours ?? (strategy.hasGrace ? undefined : defaultGraceHours);
  if (graceHours === undefined) return 'nothing';
  const isOver = ports.clock.now() >= graceEnd(promotedAt(secret, current), graceHours);
  if (!isOver && !maySettle(secret, ports.database)) return 'nothing';

  const what = `secret ${secret.name}, AWSCURRENT`;
  const { password, username } = completeValue(current.value, what, ports.database.engine);
  // Put by hand, with a name of anybody's: whose twin would be ended is not for a value to say.
  if (!isOfSecret(username, settings.username)) return 'nothing';
  const value = await desiredValue(opened, current.value, password, username);
  const before = previous ? parseValue(previous.value, `secret ${secret.name}, AWSPREVIOUS`) : {};
  const task = taskFor(strategy.name, before, value, ports.database);
  const users =
    strategy.name === 'alternating-users' && typeof task === 'object' && 'revoke' in task
      ? [task.revoke, value.username]
      : [];
  if (task === 'keep' || (!isOver && users.length === 0)) return 'nothing';
  if (typeof task === 'object' && 'endPassword' in task) {
    const confirm = whileNothingMoved(opened, current.versionId, previousVersion);
    const ended = await endPassword(opened, value, task.endPassword, confirm);
    if (ended === 'withdrawn' || (ended === 'nothing' && !strategy.hasGrace)) return 'nothing';
  } else if (task !== 'label') {
    const admin = await adminOf(opened, value);
    const address = await addressOf(value, what, opened);
    const confirm = whileNothingMoved(opened, current.versionId, previousVersion);
    const at = { address, admin, value, confirm };
    if (isOver && (await run(ports.database, task, at)) === 'withdrawn') return 'nothing';
    const settled =
      users.length > 0 ? await ports.database.settleOwnership?.(address, admin, { users }, confirm) : undefined;
    if (!isOver || settled === 'withdrawn') return 'nothing';
  }
  await ports.versions.removeLabel(secret.arn, 'AWSPREVIOUS', previousVersion);
  return 'discarded';
};

type Task =
  /** AWSPREVIOUS is not a valid credential: only its label goes. */
  | 'label'
  /** The strategy has no grace: AWSPREVIOUS stays, which may repair a wrong value put by hand. */
  | 'keep'
  | { readonly discardPasswordOf: string }
  /** A secret that left `dual-password`: this password ends if it is still valid in addition to the current one. */
  | { readonly endPassword: string }
  | { readonly revoke: string; readonly then: 'block' | 'drop' };

const taskFor = (
  strategy: RotationStrategy,
  { username: before, password: beforePassword }: StoredValue,
  { username: now, password }: CompleteValue,
  { discardPassword }: Database,
): Task => {
  const isRetainable = discardPassword !== undefined && before === now && beforePassword !== password;
  const retained = isRetainable && isText(beforePassword) ? { endPassword: beforePassword } : undefined;
  const twin = typeof before === 'string' && areTwins(before, now) ? before : undefined;
  switch (strategy) {
    case 'alternating-users':
      return twin === undefined ? (retained ?? 'label') : { revoke: twin, then: 'block' };
    case 'dual-password':
      if (twin !== undefined) return { revoke: twin, then: 'drop' };
      return before === now ? { discardPasswordOf: now } : 'label';
    case 'single-user':
      return twin === undefined ? (retained ?? 'keep') : { revoke: twin, then: 'drop' };
    case 'admin':
      return 'keep';
  }
};

/**
 * That both passwords are valid distinguishes a leftover from an ordinary AWSPREVIOUS. If the server can't be reached, nothing
 * says that there is one: the next sweep asks again.
 */
const endPassword = async (
  opened: OpenSecret,
  value: CompleteValue,
  ends: string,
  confirm: Confirm,
): Promise<'discarded' | 'withdrawn' | 'nothing'> => {
  const { database } = opened.ports;
  const admin = await readAdmin(opened, value);
  if (!admin || !database.discardPassword) return 'nothing';
  const address = await addressOf(value, `secret ${opened.secret.name}, AWSCURRENT`, opened);
  try {
    const { username, password: keep } = value;
    return await database.discardPassword(address, admin, { username, keep, ends }, confirm);
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'network') return 'withdrawn';
    throw error;
  }
};

const adminOf = async (opened: OpenSecret, value: CompleteValue): Promise<Admin> => {
  const admin = await readAdmin(opened, value);
  if (admin) return admin;
  throw new RotationError(
    'admin-missing',
    `Secret ${opened.secret.name}: its previous user must be dropped, and no admin is declared that could do it; declare one. Before you drop the user by hand, check that no application uses it and that it owns nothing in the database`,
    { retryable: false },
  );
};

/**
 * Asked under the user's lock: a rotation that is on its way needs the very user or password again. One that has no value
 * has set nothing, and what it will set comes after this.
 */
const whileNothingMoved =
  ({ ports, secret }: OpenSecret, current: string, previous: string): Confirm =>
  async () => {
    const { stages } = await ports.versions.describe(secret.arn);
    if (versionWith(stages, 'AWSCURRENT') !== current || versionWith(stages, 'AWSPREVIOUS') !== previous) return false;
    const token = pendingElsewhere(stages);
    return token === undefined || (await findPending({ ports, secret, token })) === undefined;
  };

interface At {
  readonly address: DatabaseAddress;
  readonly admin: Admin;
  readonly value: CompleteValue;
  readonly confirm: Confirm;
}

const run = async (
  database: Database,
  task: Exclude<Task, string | { readonly endPassword: string }>,
  { address, admin, value, confirm }: At,
): Promise<'done' | 'withdrawn'> => {
  const outcome =
    'revoke' in task
      ? await database.revokeUser?.(
          address,
          admin,
          { username: task.revoke, then: task.then, heir: value.username },
          confirm,
        )
      : await database.discardPassword?.(
          address,
          admin,
          { username: task.discardPasswordOf, keep: value.password },
          confirm,
        );
  if (outcome === undefined) {
    throw new RotationError('strategy-impossible', `${database.engine} can't end a user or a password`, {
      retryable: false,
    });
  }
  return outcome === 'withdrawn' ? 'withdrawn' : 'done';
};
