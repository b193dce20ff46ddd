/** Where the rotation function of `_fixtures/rotation-function.ts` asks at each step what to do. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { RotationEvent } from '../../lib/contract/index.ts';

export type StepOrder = 'go' | 'fail' | 'hang' | 'skip';

export interface StepServer {
  readonly url: string;
  /** Every step that was asked about, in order. */
  readonly steps: RotationEvent[];
  /** Answers the next steps. @default go */
  onStep(decide: (event: RotationEvent) => StepOrder): void;
  /** Does something while a step waits, and lets it go on after. */
  during(work: (event: RotationEvent) => Promise<void>): void;
  close(): Promise<void>;
}

export const startStepServer = async (): Promise<StepServer> => {
  const steps: RotationEvent[] = [];
  let decide: (event: RotationEvent) => StepOrder | Promise<StepOrder> = () => 'go';
  const server = createServer((request, response) => {
    void (async () => {
      const event = JSON.parse(await text(request)) as RotationEvent;
      steps.push(event);
      response.end(await decide(event));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    steps,
    onStep: (next) => {
      decide = next;
    },
    during: (work) => {
      decide = async (event): Promise<StepOrder> => {
        await work(event);
        return 'go';
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
