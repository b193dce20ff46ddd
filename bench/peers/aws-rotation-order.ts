/**
 * What AWS's rotation functions do, call by call and login by login, on the plain drivers of Node.
 *
 * Modelled on https://github.com/aws-samples/aws-secrets-manager-rotation-lambdas, SecretsManagerRDSPostgreSQLRotation…,
 * SecretsManagerRDSMySQLRotation… and SecretsManagerRDSMariaDBRotation…, as read in 2026. Left out, so that the peer is
 * rather too fast: Python itself, and the new SDK client, with a new connection to AWS, that each step makes.
 */
import { randomPasswords } from '../../lambdas/databases/passwords.ts';
import type { RotationStep } from '../../lib/contract/index.ts';
import { countConnection, type AwsCalls, type Contender, type Counts, type Turn } from '../support/contender.ts';

/** A secret's value, as far as AWS's functions read it. */
export interface PeerValue {
  readonly host: string;
  readonly port: number;
  readonly dbname?: string;
  readonly username: string;
  readonly password: string;
  /** Absent: TLS first, and without TLS where that fails for any reason. */
  readonly ssl?: boolean;
  readonly masterarn?: string;
}

/** What differs between the engines. */
export interface PeerEngine {
  /** @throws whatever the driver throws. */
  connect(value: PeerValue, tls: boolean): Promise<PeerConnection>;
}

export interface PeerConnection {
  /** As its own user. */
  changeOwnPassword(user: PeerValue): Promise<void>;
  /** As the admin: creates `user` with the rights of `model`, or gives it its password. */
  changeUser?(user: PeerValue, model: PeerValue): Promise<void>;
  test(): Promise<void>;
  /** Says goodbye; what it gives is the server's answer, for which AWS's functions do not wait. */
  close(): Promise<void>;
}

export type PeerStrategy = 'single-user' | 'alternating-users';

export const awsRotationOrder = (engine: PeerEngine, strategy: PeerStrategy): Contender => ({
  name: 'peer',
  suffix: '_peer',
  begin: (_running, turn) => {
    const farewells: Promise<void>[] = [];
    const peer: Peer = { ...turn, engine, strategy, farewells };
    return Promise.resolve({
      run: (step) => runStep(peer, step),
      end: async () => {
        await Promise.all(farewells.splice(0));
      },
    });
  },
});

interface Peer extends Turn {
  readonly engine: PeerEngine;
  readonly strategy: PeerStrategy;
  readonly farewells: Promise<void>[];
}

const runStep = async (peer: Peer, step: RotationStep): Promise<void> => {
  const { stages } = await peer.aws.versions.describe(peer.arn);
  if (!stages.get(peer.token)?.has('AWSPENDING')) throw new Error('The peer was given a version that is not pending');
  switch (step) {
    case 'createSecret':
      return createSecret(peer);
    case 'setSecret':
      return setSecret(peer);
    case 'testSecret':
      return testSecret(peer);
    case 'finishSecret':
      return finishSecret(peer);
  }
};

const createSecret = async ({ aws, arn, token, strategy }: Peer): Promise<void> => {
  const current = await readStage(aws, arn, 'AWSCURRENT');
  if (await aws.versions.read(arn, { versionId: token })) return;
  const password = await aws.call(() => randomPasswords.generate());
  const username = strategy === 'single-user' ? current.username : otherUser(current.username);
  await aws.versions.storePending(arn, token, JSON.stringify({ ...current, username, password }));
};

const setSecret = async (peer: Peer): Promise<void> => {
  const { aws, arn, strategy } = peer;
  // Needed only if the two others fail, but always read.
  if (strategy === 'single-user') await aws.versions.read(arn, { stage: 'AWSPREVIOUS' });
  const current = await readStage(aws, arn, 'AWSCURRENT');
  const pending = await readPending(peer);
  const early = await logIn(peer, pending);
  if (early) throw new Error('The peer found the pending password set, which no rotation here has done');
  const asCurrent = await logIn(peer, current);
  if (!asCurrent) throw new Error('The peer could not log in with the current password');
  if (strategy === 'single-user') return finishing(peer, asCurrent, () => asCurrent.changeOwnPassword(pending));

  // Seen to be in use, and that was all.
  peer.farewells.push(asCurrent.close());
  const master = await readStage(aws, current.masterarn ?? '', 'AWSCURRENT');
  const { dbname } = current;
  const asMaster = await logIn(peer, { ...master, ...(dbname !== undefined && { dbname }) });
  if (!asMaster?.changeUser) throw new Error('The peer has no admin that could change users');
  return finishing(peer, asMaster, async () => asMaster.changeUser?.(pending, current));
};

const testSecret = async (peer: Peer): Promise<void> => {
  const connection = await logIn(peer, await readPending(peer));
  if (!connection) throw new Error('The peer could not log in with the pending password');
  await finishing(peer, connection, () => connection.test());
};

const finishSecret = async ({ aws, arn, token }: Peer): Promise<void> => {
  const { stages } = await aws.versions.describe(arn);
  const [from] = [...stages].find(([, labels]) => labels.has('AWSCURRENT')) ?? [];
  if (from === undefined) throw new Error('The peer found no current version');
  await aws.versions.promote(arn, { from, to: token });
};

/** Where a value does not say whether there is TLS, any failure with TLS is followed by a try without. */
const logIn = async (peer: Peer, value: PeerValue): Promise<PeerConnection | undefined> => {
  for (const tls of value.ssl === undefined ? [true, false] : [value.ssl]) {
    const connection = await tryToConnect(peer, value, tls);
    if (connection) return connection;
  }
  return undefined;
};

const tryToConnect = async (
  { engine, counts }: { readonly engine: PeerEngine; readonly counts: Counts },
  value: PeerValue,
  tls: boolean,
): Promise<PeerConnection | undefined> => {
  try {
    return await countConnection(counts, () => engine.connect(value, tls));
  } catch (error) {
    // As AWS's functions do: whatever the reason, it counts as a password that does not fit.
    if (error instanceof Error) return undefined;
    throw error;
  }
};

const finishing = async (peer: Peer, connection: PeerConnection, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } finally {
    peer.farewells.push(connection.close());
  }
};

const readPending = ({ aws, arn, token }: Peer): Promise<PeerValue> => readValue(aws, arn, { versionId: token });

const readStage = (aws: AwsCalls, arn: string, stage: 'AWSCURRENT'): Promise<PeerValue> =>
  readValue(aws, arn, { stage });

const readValue = async (
  { versions }: AwsCalls,
  arn: string,
  selector: Parameters<AwsCalls['versions']['read']>[1],
): Promise<PeerValue> => {
  const version = await versions.read(arn, selector);
  if (!version) throw new Error(`The peer found no value of secret ${arn}`);
  return JSON.parse(version.value) as PeerValue;
};

const suffix = '_clone';

const otherUser = (username: string): string =>
  username.endsWith(suffix) ? username.slice(0, -suffix.length) : `${username}${suffix}`;
