/** CDK's own checks of every template, on two threads where there are many templates. */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import {
  CloudFormationValidatePlugin,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
} from 'aws-cdk-lib';
import { checkParts, mergeParts, partsOf, type CheckedPart } from './parts.ts';
import { startThread } from './start-thread.ts';

export interface TemplateChecksProps {
  /**
   * How many templates are worth a second thread.
   * @default 50
   */
  readonly threadFrom?: number;
}

/**
 * What `CloudFormationValidatePlugin` checks, found in the same order: in a large app these checks take half of the
 * synth. CDK waits for a plugin, so this thread works on the templates too, and then waits for the other one.
 */
export class TemplateChecks extends CloudFormationValidatePlugin {
  readonly #threadFrom: number;

  constructor({ threadFrom = 50 }: TemplateChecksProps = {}) {
    super();
    this.#threadFrom = threadFrom;
  }

  // As types these may be undefined, which a plugin's may not.
  override get version(): string {
    return super.version ?? 'unknown';
  }

  override get ruleIds(): string[] {
    return super.ruleIds ?? [];
  }

  override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    if (context.stackTemplates.length < this.#threadFrom) return super.validate(context);
    const parts = partsOf(context.stackTemplates);
    const { port1, port2 } = new MessageChannel();
    const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    startThread({ parts, shared, port: port2 }).unref();
    const own = checkParts(parts, shared, (stackTemplates) => super.validate({ ...context, stackTemplates }));
    return mergeParts([...own, ...(own.length < parts.length ? waitFor(shared, port1) : [])]);
  }
}

/** Longest time for the part of the work that the other thread has taken. */
const patienceMs = 5 * 60_000;

const waitFor = (shared: Int32Array, port: MessageChannel['port1']): readonly CheckedPart[] => {
  Atomics.wait(shared, 1, 0, patienceMs);
  const received: { message: readonly CheckedPart[] | Error } | undefined = receiveMessageOnPort(port);
  if (received === undefined) throw new Error('The second thread of the template checks did not end');
  if (received.message instanceof Error) throw received.message;
  return received.message;
};
