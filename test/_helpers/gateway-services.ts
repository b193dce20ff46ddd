/** The gateway's services before a real emulator, with an authoriser that a test sets; identity and policies have their own suites. */
import { createClock, type MovableClock } from '../../local/gateway/clock.ts';
import { startEmulator } from '../../local/emulator/start.ts';
import { createForwarding } from '../../local/gateway/forward.ts';
import { createCredentialStore, type Credentials } from '../../local/gateway/identity/credentials.ts';
import { createPipeline, type Hooks } from '../../local/gateway/pipeline.ts';
import type { AwsRequest, Forward, ServiceOverlay } from '../../local/gateway/request.ts';
import { listen } from '../../local/gateway/server.ts';

export const testAccount = '111122223333';
export const testRegion = 'eu-west-1';

export interface TestGateway {
  readonly endpoint: string;
  readonly forward: Forward;
  readonly clock: MovableClock;
  readonly credentials: Credentials;
  /** Configuration of an SDK client of the account's administrator. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: Credentials;
    readonly maxAttempts: number;
  };
  /** Defects that the gateway was told of. */
  readonly defects: unknown[];
  serve(parts: {
    overlays?: readonly ServiceOverlay[];
    hooks?: readonly Hooks[];
    authorize?: (request: AwsRequest) => Promise<void>;
  }): void;
  stop(): Promise<void>;
}

export const startTestGateway = async (): Promise<TestGateway> => {
  const clock = createClock();
  const store = createCredentialStore();
  const defects: unknown[] = [];
  const server = await listen();
  const emulator = await startEmulator({
    gateway: server.endpoint,
    region: testRegion,
    workerToken: 'worker',
    emulatorToken: 'emulator',
  });
  const forwarding = createForwarding(emulator.endpoint, { beforeForward: nothing, afterForward: nothing });
  const credentials = store.administrator(testAccount);
  return {
    endpoint: server.endpoint,
    forward: forwarding.forward,
    clock,
    credentials,
    client: { endpoint: server.endpoint, region: testRegion, credentials, maxAttempts: 1 },
    defects,
    serve: ({ overlays = [], hooks = [], authorize = () => Promise.resolve() }) => {
      const onDefect = (error: unknown) => defects.push(error);
      server.serve({
        credentials: store,
        pipeline: createPipeline({ forward: forwarding.forward, authorize, overlays, hooks, onDefect }),
        routes: [],
        now: () => clock.now(),
        onDefect,
      });
    },
    stop: async () => {
      await server.close();
      forwarding.close();
      await emulator.stop();
    },
  };
};

const nothing = (): void => undefined;
