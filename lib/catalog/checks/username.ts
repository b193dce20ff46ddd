/** Checks a database user: a name that the engine takes, also for the second user, and that is not the engine's own. */
import { alternateSuffix, databaseEngines, engineFacts } from '../../contract/index.ts';
import { inWords } from '../words/expectation.ts';
import type { Path } from '../messages/show-value.ts';
import type { DatabaseScope } from './scope.ts';

export const checkUsername = (scope: DatabaseScope): void => {
  checkLength(scope);
  refuseCloneName(scope);
  refuseReservedNames(scope);
  checkUserId(scope);
};

const checkLength = ({ path, secret: { username }, facts, strategy, report }: DatabaseScope): void => {
  if (username === undefined) return;
  const cloned = strategy === 'alternating-users';
  const limit = facts.usernameLimit - (cloned ? alternateSuffix.length : 0);
  if (username.length <= limit) return;
  const why = cloned ? `, whose second user is ${username}${alternateSuffix}` : '';
  report(
    [...path, 'username'],
    'too-long',
    `must have at most ${limit} characters for ${facts.label}${cloned ? ` with strategy ${strategy}` : ''} ` +
      `(got ${username}${why}); write ${username.length - limit} fewer`,
  );
};

const refuseCloneName = ({ path, secret: { username }, strategy, report }: DatabaseScope): void => {
  if (strategy !== 'alternating-users' || !username?.endsWith(alternateSuffix)) return;
  report(
    [...path, 'username'],
    'wrong-username',
    `must not end in ${alternateSuffix} with strategy ${strategy} (got ${username}): that is how the second user ends; ` +
      'write the name of the first',
  );
};

const refuseReservedNames = ({ path, secret, facts, report }: DatabaseScope): void => {
  const refuse = (where: Path, name: string): void => {
    report(
      where,
      'wrong-username',
      `must not be a name that ${facts.label} keeps for itself (got ${name}); choose another`,
    );
  };
  const { user, schema } = facts.reserved;
  if (secret.username !== undefined && user?.test(secret.username)) refuse([...path, 'username'], secret.username);
  const { rotation } = secret;
  const grants = typeof rotation === 'object' ? (rotation.provision?.grants ?? {}) : {};
  for (const name of Object.keys(grants)) {
    if (schema?.test(name)) refuse([...path, 'rotation', 'provision', 'grants', name], name);
  }
};

const checkUserId = ({ path, engine, secret: { userId, username }, facts, isBroken, report }: DatabaseScope): void => {
  const where = [...path, 'userId'];
  const ids = facts.userApi?.ids;
  if (ids === undefined) {
    if (userId === undefined) return;
    const others = databaseEngines.filter((one) => engineFacts[one].userApi?.ids !== undefined);
    report(
      where,
      'key-not-possible',
      `is for engine ${inWords(others, 'or')} only (this is ${engine}); leave it out`,
      'key',
    );
  } else if (userId === undefined && username !== undefined && !isBroken(where) && !ids.test(username)) {
    report(
      where,
      'missing-key',
      `is missing: the user name ${username} can't be the id of an ${facts.label} user; write that id`,
    );
  }
};
