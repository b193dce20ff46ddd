/** Checks the strategy of a database secret, and that there is an admin exactly where somebody needs one. */
import type { EngineFacts, RotationStrategy } from '../../contract/index.ts';
import { inWords } from '../words/expectation.ts';
import { didYouMean } from '../messages/suggest.ts';
import { valueOf } from '../entries/value-of.ts';
import { writerOf } from '../entries/writer.ts';
import { rotationRule } from '../entries/rotation-rule.ts';
import { networkOf } from './network.ts';
import type { DatabaseScope } from './scope.ts';

export const checkAdmin = (scope: DatabaseScope): void => {
  if (scope.isBroken([...scope.path, 'rotation'])) return;
  checkStrategy(scope);
  if (namesAdmin(scope)) checkNamed(scope);
  else requireAdmin(scope);
  checkOwnPassword(scope);
  checkProvision(scope);
};

const checkStrategy = ({ path, secret: { rotation }, facts, strategy, report }: DatabaseScope): void => {
  if (typeof rotation !== 'object' || strategy === undefined || facts.strategies.includes(strategy)) return;
  report(
    [...path, 'rotation', 'strategy'],
    'strategy-not-possible',
    `can't be ${strategy} for ${facts.label}: ${whyNot(facts, strategy)}; write ${inWords(facts.strategies, 'or')}`,
  );
};

const whyNot = ({ usersChangedBy }: EngineFacts, strategy: RotationStrategy): string => {
  if (strategy === 'dual-password') return 'a user has one password there';
  if (usersChangedBy === 'function-role') {
    return strategy === 'admin' ? 'AWS keeps its users, and there is no admin' : 'a user can have two passwords there';
  }
  return 'nothing there can do it';
};

const namesAdmin = ({ secret: { rotation } }: DatabaseScope): boolean =>
  typeof rotation === 'object' && rotation.admin !== undefined;

const checkNamed = (scope: DatabaseScope): void => {
  const { path, secret, facts, strategy, report } = scope;
  const where = [...path, 'rotation', 'admin'];
  const admin = typeof secret.rotation === 'object' ? secret.rotation.admin : undefined;
  if (facts.usersChangedBy === 'function-role') {
    report(
      where,
      'admin-not-needed',
      `must be left out for ${facts.label}: the rotation function changes its users by AWS’s own API`,
      'key',
    );
  } else if (strategy === 'admin') {
    const why =
      typeof admin === 'object'
        ? 'a master credential that RDS manages is rotated by RDS itself; leave this secret out of the catalog'
        : 'the secret is that of the admin itself';
    report(where, 'admin-not-needed', `must be left out with strategy admin: ${why}`, 'key');
  } else if (typeof admin === 'object') {
    refuseManaged(scope);
  } else if (admin !== undefined) {
    checkAdminSecret(scope, admin);
  }
};

const refuseManaged = ({ path, secret, facts, report }: DatabaseScope): void => {
  if (typeof writerOf(secret).host !== 'string') return;
  const forms = [
    ...(facts.onRds ? ['{ rds: IDENTIFIER }'] : []),
    ...(facts.onRdsCluster ? ['{ rdsCluster: IDENTIFIER }'] : []),
  ];
  const why =
    forms.length === 0
      ? `, which runs no ${facts.label}`
      : ` only if ${[...writerOf(secret).at, 'host'].join('.')} is ${inWords(forms, 'or')}`;
  const can = forms.length === 0 ? "can't" : 'can';
  report(
    [...path, 'rotation', 'admin'],
    'admin-not-managed',
    `${can} be managed by RDS${why}; write the name of a secret`,
  );
};

const checkAdminSecret = (scope: DatabaseScope, admin: string): void => {
  const { path, name, engine, secrets, secretNames, report } = scope;
  const where = [...path, 'rotation', 'admin'];
  const other = Object.hasOwn(secrets, admin) ? secrets[admin] : undefined;
  const others = secretNames.filter((one) => one !== name);
  if (admin === name) {
    report(
      where,
      'wrong-admin',
      `must be another secret (got ${admin}, the secret itself); write the secret of an admin user`,
    );
  } else if (!secretNames.includes(admin)) {
    report(
      where,
      'unknown-secret',
      `must be a secret of this file (got ${admin}); ${didYouMean(admin, others, 'add it under secrets')}`,
    );
  } else if (other?.class !== undefined && other.class !== 'database') {
    report(
      where,
      'wrong-admin',
      `must be a secret of class database (got ${admin}, of class ${other.class}); write the secret of an admin user`,
    );
  } else if (other?.access === 'iam') {
    report(
      where,
      'wrong-admin',
      `must be a secret with a password (got ${admin}, with access: iam); write the secret of an admin user`,
    );
  } else if (other?.engine !== undefined && other.engine !== engine) {
    report(
      where,
      'wrong-admin',
      `must be for engine ${engine} too (got ${admin}, for ${other.engine}); write one engine in both`,
    );
  } else if (!onOneServer(scope, admin)) {
    report(
      where,
      'wrong-admin',
      `must be for the same server (got ${admin}, whose host or port is another); write one host and port in both`,
    );
  } else {
    checkNetworkOfAdmin(scope, admin);
  }
};

/** One function reads an admin's credential: that of the admin's own rotation, or of the first secret that names it. */
const checkNetworkOfAdmin = (scope: DatabaseScope, admin: string): void => {
  const { path, secret, secrets, defaults, report } = scope;
  const isAutomatic = (one: string): boolean =>
    secrets[one] !== undefined && rotationRule(secrets[one].rotation, defaults).kind === 'automatic';
  const isServed = (one: string): boolean => {
    const rotation = secrets[one]?.rotation;
    return isAutomatic(one) && typeof rotation === 'object' && rotation.admin === admin;
  };
  const first = isAutomatic(admin) ? admin : Object.keys(secrets).find(isServed);
  const [own, its] = [secret, secrets[first ?? admin] ?? secret].map((one) => networkOf(scope, one));
  if (own === its) return;
  report(
    [...path, 'rotation', 'admin'],
    'wrong-admin',
    `must be reached from the same network (got ${admin}, which the function of network ${its} reads for ${first}; this ` +
      `secret is in network ${own}); write one network in both`,
  );
};

/** The rotation function takes an admin's credential to no other server than its own. */
const onOneServer = ({ path, secret, secrets, facts, isBroken }: DatabaseScope, admin: string): boolean => {
  const [own, its] = [writerOf(secret), writerOf(secrets[admin] ?? {})];
  const broken = (key: string): boolean =>
    isBroken([...path, ...own.at, key]) || isBroken(['secrets', admin, ...its.at, key]);
  if (its.host === undefined || own.host === undefined || broken('host')) return true;
  if (typeof own.host !== 'string') return JSON.stringify(own.host) === JSON.stringify(its.host);
  if (typeof its.host !== 'string') return false;
  const samePort = (own.port ?? facts.port) === (its.port ?? facts.port);
  return own.host.toLowerCase() === its.host.toLowerCase() && (samePort || broken('port'));
};

const requireAdmin = (scope: DatabaseScope): void => {
  const { path, secret, isBroken, report } = scope;
  const why = whyAdmin(scope);
  if (why === undefined || isBroken([...path, 'value'])) return;
  const admin =
    typeof writerOf(secret).host === 'object' ? '{ managedBy: rds } or the name of a secret' : 'the name of a secret';
  report([...path, 'rotation', 'admin'], 'admin-missing', `is missing: ${why.because}; write ${admin}${why.or ?? ''}`);
};

/** Why the secret can't do without an admin; `undefined` where it can. */
const whyAdmin = (scope: DatabaseScope): { because: string; or?: string } | undefined => {
  const { facts, strategy } = scope;
  if (facts.usersChangedBy === 'function-role' || strategy === 'admin') return undefined;
  if (strategy === 'alternating-users') {
    return { because: `strategy ${strategy} needs an admin, who makes the second user the equal of the first` };
  }
  if (strategy === 'dual-password') {
    return { because: `strategy ${strategy} needs an admin, who takes the old password away after the grace time` };
  }
  if (strategy !== undefined && facts.usersChangedBy === 'admin') {
    return { because: `only an admin changes users of ${facts.label}` };
  }
  // Nobody has seen a generated password: only an admin can give it to the database.
  return isGenerated(scope)
    ? {
        because: 'the database learns a generated password only through an admin',
        or: ', or value: supplied where the user has a password already',
      }
    : undefined;
};

const isGenerated = ({ secret, defaults }: DatabaseScope): boolean => valueOf(secret, defaults) === 'generated';

/** RDS sets a master password that nobody knows; every other admin logs in with the old one to set the new one. */
const checkOwnPassword = (scope: DatabaseScope): void => {
  const { path, secret, facts, strategy, isBroken, report } = scope;
  if (strategy !== 'admin' || !facts.strategies.includes(strategy)) return;
  if (typeof writerOf(secret).host !== 'string' || isBroken([...path, 'value'])) return;
  if (!isGenerated(scope)) return;
  report(
    [...path, 'value'],
    'value-not-supplied',
    `${secret.value === undefined ? 'is missing: it' : "can't be generated with strategy admin: it"} ` +
      'must be the password that the admin has, with which it sets the new one; write supplied',
  );
};

const checkProvision = ({ path, secret: { rotation }, facts, strategy, report }: DatabaseScope): void => {
  if (typeof rotation !== 'object' || rotation.provision === undefined) return;
  const where = [...path, 'rotation', 'provision'];
  if (!facts.provisions) {
    report(
      where,
      'provision-not-possible',
      `is not for ${facts.label}: create the user by hand, and leave it out`,
      'key',
    );
  } else if (strategy === 'admin') {
    report(
      where,
      'provision-not-possible',
      'must be left out with strategy admin: the server has its admin already',
      'key',
    );
  } else if (rotation.admin === undefined) {
    report(
      where,
      'provision-not-possible',
      'needs an admin, who creates the user; write admin: { managedBy: rds } or the name of a secret next to it',
      'key',
    );
  }
};
