/** Checks templates in a thread of its own, and waits for what it finds. */
import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { PolicyValidationPluginReport, PolicyValidationStack } from 'aws-cdk-lib';

export interface ThreadInput {
  readonly templates: PolicyValidationStack[];
  /** 1 once the thread has sent what it found. */
  readonly ended: Int32Array;
  readonly port: MessagePort;
}

export class SecondThread {
  readonly #ended = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #port: MessagePort;
  readonly #worker: Worker;

  constructor(templates: readonly PolicyValidationStack[]) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = start({ templates: [...templates], ended: this.#ended, port: port2 });
    this.#worker.unref();
  }

  /**
   * Blocks until the thread has looked at all its templates.
   *
   * @throws Error where it fails, or doesn't end
   */
  report(): PolicyValidationPluginReport {
    Atomics.wait(this.#ended, 0, 0, patienceMs);
    const received: { message: PolicyValidationPluginReport | Error } | undefined = receiveMessageOnPort(this.#port);
    if (received === undefined) {
      throw new Error(
        'The second thread of the template checks ended without a report, or takes more than half an hour',
      );
    }
    if (received.message instanceof Error) throw received.message;
    return received.message;
  }

  /** Resolves when the thread is gone, with all that it has open. */
  async ended(): Promise<void> {
    await once(this.#worker, 'exit');
  }
}

/** A thread that has crashed says nothing; one of a busy machine is only slow. */
const patienceMs = 30 * 60_000;

const start = (input: ThreadInput): Worker => {
  const options = { workerData: input, transferList: [input.port] };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('thread.js', import.meta.url), options);
  // A thread of Node 20 reads no TypeScript, and does not take over what lets its parent read it.
  const register = `require('node:module').register('tsx/esm', ${JSON.stringify({ parentURL: import.meta.url, data: {} })});`;
  const file = JSON.stringify(new URL('thread.ts', import.meta.url));
  return new Worker(`${register} import(${file});`, { ...options, eval: true, execArgv: [] });
};
