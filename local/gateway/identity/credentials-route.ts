/** Hands credentials to tasks and functions, as the container credentials endpoint of ECS and Lambda does. */
import { randomBytes } from 'node:crypto';
import type { Deployed } from '../authorization/deployed.ts';
import type { AwsResponse } from '../request.ts';
import type { Route } from '../server.ts';
import { ServiceError } from '../service-call.ts';
import type { HttpMessage } from '../wire/http-message.ts';
import type { SessionCredentials } from './credentials.ts';
import type { OpenServiceSession, ServiceSession } from './sessions.ts';

const prefix = '/_strongroom/credentials/';

/** Where a task fetches its credentials, and the token that it shows. */
export interface ContainerCredentials {
  readonly AWS_CONTAINER_CREDENTIALS_FULL_URI: string;
  readonly AWS_CONTAINER_AUTHORIZATION_TOKEN: string;
}

export interface CredentialsRoute extends Route {
  /** A place from which a task can fetch sessions of the role, again and again. */
  addTask(session: ServiceSession): ContainerCredentials;
}

export interface CredentialsRouteOptions {
  readonly gateway: string;
  /** What Lambda workers show. */
  readonly workerToken: string;
  readonly deployed: Pick<Deployed, 'functionRole'>;
  readonly openSession: OpenServiceSession;
}

export const createCredentialsRoute = ({
  gateway,
  workerToken,
  deployed,
  openSession,
}: CredentialsRouteOptions): CredentialsRoute => {
  const tasks = new Map<string, { readonly token: string; readonly session: ServiceSession }>();

  const sessionFor = async ({ path, headers }: HttpMessage): Promise<ServiceSession> => {
    const [kind = '', name = ''] = path.slice(prefix.length).split('/').map(decodeURIComponent);
    if (kind === 'lambda' && headers['authorization'] === workerToken) return lambdaSession(name, deployed);
    const task = kind === 'task' ? tasks.get(name) : undefined;
    if (task && headers['authorization'] === task.token) return task.session;
    throw new ServiceError('AccessDenied', 'The authorization token is not the one that was handed out.', 403);
  };

  return {
    prefix,
    addTask: (session) => {
      const id = randomBytes(8).toString('hex');
      const token = randomBytes(24).toString('base64url');
      tasks.set(id, { token, session });
      return {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${gateway}${prefix}task/${id}`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
      };
    },
    handle: async (message) => {
      const session = await sessionFor(message);
      const { credentials } = await openSession(session);
      return answer(session.roleArn, credentials);
    },
  };
};

const lambdaSession = async (
  functionArn: string,
  deployed: CredentialsRouteOptions['deployed'],
): Promise<ServiceSession> => {
  const roleArn = await deployed.functionRole(functionArn);
  if (roleArn === undefined) throw new ServiceError('NoSuchEntity', `There is no function ${functionArn}.`, 404);
  return {
    roleArn,
    service: 'lambda.amazonaws.com',
    sessionName: functionArn.split(':')[6] ?? 'function',
    sourceArn: functionArn,
  };
};

const answer = (
  roleArn: string,
  { accessKeyId, secretAccessKey, sessionToken, expiration }: SessionCredentials,
): AwsResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(
    JSON.stringify({
      RoleArn: roleArn,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: expiration.toISOString(),
    }),
  ),
});
