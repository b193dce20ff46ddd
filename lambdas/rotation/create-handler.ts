/** The rotation function over its ports: one invocation runs one step or action, and leaves one line in the log. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import {
  alternateSuffix,
  metricName,
  networkMetricDimensions,
  rotationMetricDimensions,
  secretTag,
  type DatabaseEngine,
  type RotationAction,
  isCodedError,
} from '../../lib/contract/index.ts';
import { embeddedMetric } from '../runtime/embedded-metric.ts';
import { errorMapping } from '../runtime/error-mapping.ts';
import type { Log } from '../runtime/log.ts';
import type { Redactor } from '../runtime/redaction.ts';
import { act, type ActionReport } from './actions/index.ts';
import { invocationDeadline, type Deadline } from '../runtime/deadline.ts';
import { asksForAction, parseRotationRequest } from './core/event.ts';
import type { StepFacts } from './steps/open-rotation.ts';
import type { Instances, Proofs, RotationPorts, SecretDescription, SecretVersions } from './core/ports.ts';
import type { Notice, PasswordSource, RevokedRight } from '../databases/port.ts';
import { rotate } from './actions/rotate.ts';

export interface RotationHandlerOptions {
  /** Name of the environment whose secrets may be rotated. */
  readonly environment: string;
  readonly engine: DatabaseEngine;
  /** Name of the function's network. @default - the default network */
  readonly network?: string;
  /** The ports for one invocation, which has so much time. */
  readonly ports: (deadline: Deadline) => RotationPorts | Promise<RotationPorts>;
  readonly log: Log;
  /** The one that {@link log} writes through. */
  readonly redactor: Redactor;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** Gives the report of an action; a step has none. */
export type RotationHandler = (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<ActionReport | undefined>;

interface Done {
  readonly outcome: string;
  readonly report?: ActionReport;
}

type Facts = StepFacts & { readonly action?: RotationAction };

export const createHandler = ({
  environment,
  engine,
  network,
  ports: portsFor,
  log,
  redactor,
  now = Date.now,
}: RotationHandlerOptions): RotationHandler => {
  const whose = { environment, engine, ...(network !== undefined && { network }) };
  const run = async (event: unknown, ports: RotationPorts, onFacts: (facts: Facts) => void): Promise<Done> => {
    if (!asksForAction(event)) return { outcome: await rotate(event, ports, environment, onFacts) };
    const request = parseRotationRequest(event);
    onFacts({ action: request.Action });
    return act(request, { ports, environment, log, onFacts, ...(network !== undefined && { network }) });
  };
  const invoke = async (event: unknown, context: Context): Promise<ActionReport | undefined> => {
    redactor.forget();
    const start = now();
    const what = asksForAction(event) ? 'Rotation action' : 'Rotation step';
    let facts: Facts = {};
    try {
      const ports = await portsFor(invocationDeadline(() => context.getRemainingTimeInMillis()));
      const told = tellingRevocations(hiding(ports, redactor), (right) => {
        const metric = embeddedMetric({
          values: { [metricName.rightsRevoked]: 1 },
          dimensions: [Object.keys(whose)],
          fields: { ...whose, ...(facts.secret !== undefined && { secret: facts.secret }) },
          timestamp: now(),
        });
        log.warn('Right revoked', { ...facts, ...right, ...metric });
      });
      const noticed = tellingNotices(told, (notice) => {
        log.warn('Rotation notice', { ...facts, code: notice.code, notice: notice.message });
      });
      const { outcome, report } = await run(event, noticed, (more) => {
        facts = { ...facts, ...more };
      });
      log.info(`${what} done`, { ...facts, outcome, durationMs: now() - start });
      return report && withoutSecretsIn(report, redactor);
    } catch (error) {
      const metric = embeddedMetric({
        values: { [metricName.rotationStepFailed]: 1 },
        dimensions: network === undefined ? rotationMetricDimensions : networkMetricDimensions,
        fields: { ...whose, ...(facts.secret !== undefined && { secret: facts.secret }) },
        timestamp: now(),
      });
      const outcome = isCodedError(error) ? error.code : 'unexpected';
      const retryable = isCodedError(error) && error.retryable;
      log.error(`${what} failed`, { ...facts, outcome, retryable, durationMs: now() - start, error, ...metric });
      throw error;
    }
  };
  const handler = middy<unknown, ActionReport | undefined>({ timeoutEarlyInMillis: 0 })
    .use(errorMapping(redactor))
    .handler(invoke);
  return (event, context) => handler(event, context as Context);
};

/** What a user could not see of itself while it changed its password. */
const tellingNotices = (ports: RotationPorts, onNotice: (notice: Notice) => void): RotationPorts => {
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

/** Each right that an engine takes away is told by name. */
const tellingRevocations = (ports: RotationPorts, onRevoked: (right: RevokedRight) => void): RotationPorts => {
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

/** Whatever is read, stored or generated is known to the redactor before anything can log it; so is what may be shown. */
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

/** A report goes to whoever asked, past the log: the messages in it are redacted, words and names stay. */
const withoutSecretsIn = <Value>(value: Value, redactor: Redactor): Value =>
  JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      key === 'message' && typeof item === 'string' ? redactor.redact(item) : item,
    ),
  ) as Value;
