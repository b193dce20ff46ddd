/** The ports of an invocation, with what the log needs: secrets become known to the redactor, revocations and notices are reported. */
import { alternateSuffix, secretTag } from '../../lib/contract/index.ts';
import type { Notice, PasswordSource, RevokedRight } from '../databases/port.ts';
import type { Redactor } from '../runtime/redaction.ts';
import type { Instances, Proofs, RotationPorts, SecretDescription, SecretVersions } from './core/ports.ts';

export interface Observers {
  readonly redactor: Redactor;
  readonly onRevoked: (right: RevokedRight) => void;
  readonly onNotice: (notice: Notice) => void;
}

export const observedPorts = (ports: RotationPorts, { redactor, onRevoked, onNotice }: Observers): RotationPorts =>
  reportingNotices(reportingRevocations(hiding(ports, redactor), onRevoked), onNotice);

/** Reports what a user could not see of itself while it changed its password. */
const reportingNotices = (ports: RotationPorts, onNotice: (notice: Notice) => void): RotationPorts => {
  const { database } = ports;
  return {
    ...ports,
    database: {
      ...database,
      changeOwnPassword: (address, credential, password, confirm) =>
        database.changeOwnPassword(address, credential, password, confirm, onNotice),
    },
  };
};

/** Reports each right that an engine takes away, by name. */
const reportingRevocations = (ports: RotationPorts, onRevoked: (right: RevokedRight) => void): RotationPorts => {
  const { database } = ports;
  const { cloneUser } = database;
  return {
    ...ports,
    database: {
      ...database,
      changeUser: (address, admin, change, confirm) =>
        database.changeUser(address, admin, { ...change, onRevoked }, confirm),
      ...(cloneUser && {
        cloneUser: (address, admin, clone, confirm) => cloneUser(address, admin, { ...clone, onRevoked }, confirm),
      }),
    },
  };
};

/** The redactor knows each value that is read, stored or generated before anything can log it, and what may be shown. */
const hiding = (ports: RotationPorts, redactor: Redactor): RotationPorts => {
  const { versions, passwords, instances, proofs } = ports;
  const shown = (secret: SecretDescription): SecretDescription => {
    for (const text of [secret.name, secret.arn, ...Object.values(secret.tags)]) redactor.allow(text);
    const username = secret.tags[secretTag.username];
    if (username !== undefined) redactor.allow(`${username}${alternateSuffix}`);
    return secret;
  };
  const hidingVersions: SecretVersions = {
    ...versions,
    describe: async (secretId) => shown(await versions.describe(secretId)),
    async *list(filter) {
      for await (const secret of versions.list(filter)) yield shown(secret);
    },
    read: async (secretId, version) => {
      const found = await versions.read(secretId, version);
      if (found !== undefined) redactor.learnValue(found.value);
      return found;
    },
    storePending: (secretId, versionId, value) => {
      redactor.learnValue(value);
      return versions.storePending(secretId, versionId, value);
    },
  };
  const hidingPasswords: PasswordSource = {
    generate: (policy) => {
      const password = passwords.generate(policy);
      redactor.learn(password);
      return password;
    },
  };
  const shownInstances: Instances = {
    ...instances,
    describe: async (id) => {
      const instance = await instances.describe(id);
      const { host, masterUsername, masterSecretArn, readers } = instance;
      for (const text of [host, masterUsername, masterSecretArn, ...readers.map((reader) => reader.host)]) {
        if (text !== undefined) redactor.allow(text);
      }
      return instance;
    },
  };
  const shownProofs: Proofs = {
    record: (secretArn, versionId) => {
      proofs.record(secretArn, versionId);
    },
    take: (secretArn, versionId) => proofs.take(secretArn, versionId),
    remember: (secret, versionId) => {
      proofs.remember(secret, versionId);
    },
    recall: (secretArn, versionId) => {
      const secret = proofs.recall(secretArn, versionId);
      return secret && shown(secret);
    },
  };
  return {
    ...ports,
    versions: hidingVersions,
    passwords: hidingPasswords,
    instances: shownInstances,
    proofs: shownProofs,
  };
};
