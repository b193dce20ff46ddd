/** What an actor does: invoke the function, or something that happens outside it. */
import type { Log } from '../../lambdas/runtime/log.ts';
import { act } from '../../lambdas/rotation/actions/index.ts';
import type { RotationPorts } from '../../lambdas/rotation/core/ports.ts';
import { rotate } from '../../lambdas/rotation/actions/rotate.ts';
import type { RotationRequest, RotationStep } from '../../lib/contract/index.ts';

/** A step, of the application's secret or of the admin's. */
export interface StepTask {
  readonly do: RotationStep;
  readonly token: string;
  readonly of?: 'admin';
}

/** A request of an operator or of the schedule. */
export type RequestTask =
  { readonly do: 'rollForward' | 'rollBack'; readonly token: string } | { readonly do: 'sweep' };

export type OutsideTask =
  /** RotateSecret: gives a version the label AWSPENDING. */
  | { readonly do: 'start'; readonly token: string; readonly of?: 'admin' }
  /** CancelRotateSecret, and AWSPENDING taken away. */
  | { readonly do: 'cancel' }
  | { readonly do: 'wait'; readonly hours: number }
  /** Somebody sets another password by hand. */
  | { readonly do: 'meddle' }
  /** An operator puts a value as AWSPENDING: the current one with another password, and with another host. */
  | { readonly do: 'plant'; readonly token: string; readonly host?: string };

export type FunctionTask = StepTask | RequestTask;
export type Task = FunctionTask | OutsideTask;

export const isOutside = (task: Task): task is OutsideTask =>
  task.do === 'start' || task.do === 'cancel' || task.do === 'wait' || task.do === 'meddle' || task.do === 'plant';

/** The function under test. Resolves to its outcome, as a word. */
export const invoke = async (
  task: FunctionTask,
  secretId: string,
  environment: string,
  { ports, log }: { readonly ports: RotationPorts; readonly log: Log },
): Promise<string> => {
  if (!isRequest(task)) {
    return rotate({ Step: task.do, SecretId: secretId, ClientRequestToken: task.token }, ports, environment);
  }
  const request: RotationRequest =
    task.do === 'sweep' ? { Action: 'sweep' } : { Action: task.do, SecretId: secretId, ClientRequestToken: task.token };
  return (await act(request, { ports, environment, log, onFacts: () => undefined })).outcome;
};

const isRequest = (task: FunctionTask): task is RequestTask =>
  task.do === 'sweep' || task.do === 'rollForward' || task.do === 'rollBack';
