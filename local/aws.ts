/** Starts a local AWS: the emulator, and before it the gateway, the only endpoint that anyone uses. */
import { randomBytes } from 'node:crypto';
import { startEmulator } from './emulator/start.ts';
import { createClock, type MovableClock } from './gateway/clock.ts';
import { createForwarding } from './gateway/forward.ts';
import { createCredentialStore, type Credentials } from './gateway/identity/credentials.ts';
import { createPipeline } from './gateway/pipeline.ts';
import { listen } from './gateway/server.ts';

export interface LocalAwsOptions {
  /** Twelve digits each; an administrator's keys are made for every one. */
  readonly accounts: readonly string[];
  readonly region: string;
  /** Port of the gateway. @default a free one */
  readonly port?: number;
  /** @default real time, which {@link LocalAws.clock} can move forward */
  readonly clock?: MovableClock;
  /** Added to the environment of every Lambda function, such as NODE_EXTRA_CA_CERTS. */
  readonly lambdaEnvironment?: Readonly<Record<string, string>>;
  readonly onProgress?: (what: string) => void;
  /** Told of a defect of the gateway. @default printed on standard error */
  readonly onDefect?: (error: unknown) => void;
}

export interface LocalAccount extends Credentials {
  /** What an administrator of the account exports to use the local AWS. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LocalAws {
  readonly endpoint: string;
  readonly region: string;
  readonly accounts: Readonly<Record<string, LocalAccount>>;
  readonly clock: MovableClock;
  /** What the emulator and the Lambda workers printed. */
  emulatorLog(): Promise<string>;
  /** Ends every process and removes every temporary folder. Can be called twice. */
  stop(): Promise<void>;
}

/**
 * @throws EmulatorError where the emulator can't be had.
 * @throws Error with code EADDRINUSE where the port is taken.
 */
export const startLocalAws = async ({
  accounts,
  region,
  port,
  clock = createClock(),
  lambdaEnvironment = {},
  onProgress,
  onDefect = (error) => {
    console.error('gateway:', error);
  },
}: LocalAwsOptions): Promise<LocalAws> => {
  const credentials = createCredentialStore();
  const server = await listen(port);
  try {
    const emulator = await startEmulator({
      gateway: server.endpoint,
      region,
      workerToken: randomBytes(24).toString('base64url'),
      emulatorToken: randomBytes(24).toString('base64url'),
      lambdaEnvironment,
      ...(onProgress && { onProgress }),
    });
    const forwarding = createForwarding(emulator.endpoint);
    const pipeline = createPipeline({
      forward: forwarding.forward,
      authorize: () => Promise.resolve(),
      overlays: [],
      hooks: [],
      onDefect,
    });
    server.serve({ credentials, pipeline, routes: [], now: () => clock.now(), onDefect });
    let stopped: Promise<void> | undefined;
    return {
      endpoint: server.endpoint,
      region,
      clock,
      accounts: Object.fromEntries(
        accounts.map((account) => [account, localAccount(credentials.administrator(account), server.endpoint, region)]),
      ),
      emulatorLog: () => emulator.log(),
      stop: () =>
        (stopped ??= (async () => {
          await server.close();
          forwarding.close();
          await emulator.stop();
        })()),
    };
  } catch (error) {
    await server.close();
    throw error;
  }
};

const localAccount = (credentials: Credentials, endpoint: string, region: string): LocalAccount => ({
  ...credentials,
  env: {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  },
});
