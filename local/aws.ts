/** Starts a local AWS: the emulator, and the gateway in front of it, which is the only endpoint. */
import { randomBytes } from 'node:crypto';
import { closeAll } from './close-all.ts';
import { startEmulator } from './emulator/start.ts';
import { createClock, type MovableClock } from './gateway/clock.ts';
import { createAuthorize } from './gateway/authorization/authorize.ts';
import { createDeployed } from './gateway/authorization/deployed.ts';
import { localOrganizationId } from './gateway/authorization/principal.ts';
import { createEmulatorClients } from './gateway/authorization/emulator-clients.ts';
import { createCustomResourceRoute } from './gateway/custom-resource-route.ts';
import { createForwarding } from './gateway/forward.ts';
import { createGatewayServices, type GatewayServices } from './gateway/gateway-services.ts';
import { createCredentialsRoute } from './gateway/identity/credentials-route.ts';
import { createCredentialStore, type Credentials, type SessionCredentials } from './gateway/identity/credentials.ts';
import {
  createOpenServiceSession,
  createOpenTokenSession,
  type ServiceSession,
  type TokenSession,
} from './gateway/identity/sessions.ts';
import { createSts } from './gateway/identity/sts.ts';
import { createPipeline } from './gateway/pipeline.ts';
import type { RetryPolicy } from './gateway/rotation/rotation-run.ts';
import { listen } from './gateway/server.ts';

export interface LocalAwsOptions {
  /** Twelve digits each; each account gets the keys of an administrator. */
  readonly accounts: readonly string[];
  readonly region: string;
  /** Port of the gateway. @default a free one */
  readonly port?: number;
  /** @default real time, which {@link LocalAws.clock} can move forward */
  readonly clock?: MovableClock;
  /** Added to the environment of every Lambda function, such as NODE_EXTRA_CA_CERTS. */
  readonly lambdaEnvironment?: Readonly<Record<string, string>>;
  /** The VPC of each VPC endpoint, by their ids. @default none: calls through an endpoint come from an unknown VPC */
  readonly vpcEndpoints?: Readonly<Record<string, string>>;
  /** Id of an account's organisation in AWS Organizations, or none; called for every request. @default `o-localstrongroom` */
  readonly organizationOf?: (account: string) => string | undefined;
  /** How a failed rotation is retried. @default 5 attempts, about 15 s in all */
  readonly retry?: RetryPolicy;
  readonly onProgress?: (what: string) => void;
  /** Called with a defect of the gateway. @default printed on standard error */
  readonly onDefect?: (error: unknown) => void;
}

export interface LocalAccount extends Credentials {
  /** What an administrator of the account exports to use the local AWS. */
  readonly env: Readonly<Record<string, string>>;
  readonly root: Credentials;
}

export interface TaskCredentials extends SessionCredentials {
  /** The assumed-role ARN. */
  readonly arn: string;
  /** What the service would set for the task: its SDK fetches sessions and refreshes them. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LocalAws extends Pick<
  GatewayServices,
  'rotations' | 'rds' | 'scheduledRules' | 'elastiCache' | 'memoryDb' | 'cloudTrail' | 'faults'
> {
  readonly endpoint: string;
  readonly region: string;
  readonly accounts: Readonly<Record<string, LocalAccount>>;
  readonly clock: MovableClock;
  /**
   * A session of a role for a service that runs code with it, such as `ecs-tasks.amazonaws.com`.
   * @throws ServiceError if the role does not exist, or its trust policy does not admit the service.
   */
  assumeForService(session: ServiceSession): Promise<TaskCredentials>;
  /**
   * A session of a role, for a token of an OpenID Connect issuer.
   * @throws ServiceError if the role does not exist, or its trust policy does not admit the token.
   */
  assumeWithToken(session: TokenSession): Promise<SessionCredentials>;
  /** What the emulator and the Lambda workers printed. */
  emulatorLog(): Promise<string>;
  /** Ends every process and removes every temporary folder. Can be called twice. */
  stop(): Promise<void>;
}

/**
 * @throws EmulatorError if the emulator is not available.
 * @throws Error with code EADDRINUSE if the port is taken.
 */
export const startLocalAws = async ({
  accounts,
  region,
  port,
  clock = createClock(),
  lambdaEnvironment = {},
  vpcEndpoints = {},
  organizationOf = () => localOrganizationId,
  retry,
  onProgress,
  onDefect = (error) => {
    console.error('gateway:', error);
  },
}: LocalAwsOptions): Promise<LocalAws> => {
  const closers: (() => void | Promise<void>)[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= closeAll(closers, 'The local AWS'));
  // A failure because the other end was stopped is not a defect.
  const tellDefect = (error: unknown): void => {
    if (!stopped) onDefect(error);
  };
  try {
    const server = await listen(port);
    closers.push(() => server.close());
    const workerToken = randomBytes(24).toString('base64url');
    const emulatorToken = randomBytes(24).toString('base64url');
    const emulator = await startEmulator({
      gateway: server.endpoint,
      region,
      workerToken,
      emulatorToken,
      lambdaEnvironment,
      ...(onProgress && { onProgress }),
    });
    closers.push(() => emulator.stop());

    const clients = createEmulatorClients(emulator.endpoint);
    const deployed = createDeployed(clients, (secretArn) => services.rotations.rotationFunctionArn(secretArn));
    const forwarding = createForwarding(emulator.endpoint, deployed);
    closers.push(
      () => {
        forwarding.close();
      },
      () => {
        clients.close();
      },
    );

    const credentials = createCredentialStore();
    const openSession = createOpenServiceSession(deployed, credentials);
    const tasks = createCredentialsRoute({ gateway: server.endpoint, workerToken, deployed, openSession });
    const { forward } = forwarding;
    const openTokenSession = createOpenTokenSession(deployed, credentials);
    const vpcs = new Map(Object.entries(vpcEndpoints));
    const vpcOf = (endpoint: string): string | undefined => vpcs.get(endpoint);
    const authorize = createAuthorize(deployed, credentials, { organizationOf, vpcOf });
    const services = createGatewayServices({
      forward,
      authorize,
      clock,
      region,
      accounts,
      emulatorToken,
      onError: tellDefect,
      ...(retry && { retry }),
    });
    closers.push(() => services.close());
    const pipeline = createPipeline({
      forward,
      authorize,
      overlays: [createSts(deployed, credentials, clients), ...services.overlays],
      hooks: services.hooks,
      onDefect: tellDefect,
    });
    const routes = [tasks, createCustomResourceRoute(emulator.endpoint), ...services.routes];
    server.serve({ credentials, pipeline, routes, now: () => clock.now(), onDefect: tellDefect });

    const regional = regionalEnvironment(server.endpoint, region);
    return {
      endpoint: server.endpoint,
      region,
      clock,
      rotations: services.rotations,
      rds: services.rds,
      elastiCache: services.elastiCache,
      memoryDb: services.memoryDb,
      cloudTrail: services.cloudTrail,
      scheduledRules: services.scheduledRules,
      faults: services.faults,
      accounts: Object.fromEntries(
        accounts.map((account) => [
          account,
          { ...localAccount(credentials.administrator(account), regional), root: credentials.root(account) },
        ]),
      ),
      assumeForService: async (session) => {
        const { credentials: keys, caller } = await openSession(session);
        return { ...keys, arn: caller.arn, env: { ...regional, ...tasks.addTask(session) } };
      },
      assumeWithToken: async (session) => (await openTokenSession(session)).credentials,
      emulatorLog: () => emulator.log(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const regionalEnvironment = (endpoint: string, region: string): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
});

const localAccount = (
  { accessKeyId, secretAccessKey }: Credentials,
  regional: Readonly<Record<string, string>>,
): Omit<LocalAccount, 'root'> => ({
  accessKeyId,
  secretAccessKey,
  env: { ...regional, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
});
