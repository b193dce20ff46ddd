/** The audit function. An environment with one Splunk from before destinations had queues is served by the forwarder. */
import { auditVariables } from '../../lib/contract/index.ts';

export const { handler } =
  process.env[auditVariables.destinations] === undefined
    ? await import('./adapters/forwarder.ts')
    : await import('./adapters/normaliser.ts');
