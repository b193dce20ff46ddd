import { expect, it } from 'vitest';
import { customResource, type CloudFormationAnswer } from '../../../../lambdas/runtime/middleware/custom-resource.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { CodedError } from '../../../../lib/contract/index.ts';
import { invokeThrough } from '../../../_helpers/middleware-scene.ts';

const event = {
  RequestType: 'Create',
  RequestId: 'request',
  StackId: 'stack',
  LogicalResourceId: 'Resource',
  ResponseURL: 'https://answers.example.com/1',
};

const scene = (send = (_answer: CloudFormationAnswer): Promise<void> => Promise.resolve()) => {
  const redactor = new Redactor();
  redactor.learn('canary-value');
  const answers: CloudFormationAnswer[] = [];
  const middleware = customResource({
    redactor,
    answer: async (_url, answer) => {
      answers.push(answer);
      await send(answer);
    },
  });
  const invoke = (handler: () => unknown, input: unknown = event) => invokeThrough([middleware], handler, input);
  return { invoke, answers };
};

const succeed = () => undefined;

it('answers success under the identity of the request', async () => {
  const { invoke, answers } = scene();
  await invoke(succeed);
  await invoke(succeed, { ...event, RequestType: 'Update', PhysicalResourceId: 'physical' });
  const common = { Status: 'SUCCESS', StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Resource' };
  expect(answers).toEqual([
    { ...common, PhysicalResourceId: 'Resource' },
    { ...common, PhysicalResourceId: 'physical' },
  ]);
});

it.each([
  [
    'its code and message',
    new CodedError('too-late', 'Too late for canary-value', { retryable: true }),
    'too-late: Too late for [redacted]',
  ],
  ['no word of an error that is not ours', new TypeError('canary-value'), 'The function failed; its log says why'],
])('answers a failure with %s, and does not fail the invocation', async (_what, error, Reason) => {
  const { invoke, answers } = scene();
  await invoke(() => {
    throw error;
  });
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason }]);
});

it('answers within what CloudFormation takes', async () => {
  const { invoke, answers } = scene();
  await invoke(() => {
    throw new CodedError('too-long', 'x'.repeat(10_000), { retryable: false });
  });
  expect(JSON.stringify(answers[0]).length).toBeLessThan(4_096);
});

it('fails the invocation where the answer does not arrive, and never turns success into failure', async () => {
  const { invoke, answers } = scene(() => Promise.reject(new Error('unreachable')));
  await expect(invoke(succeed)).rejects.toThrow('unreachable');
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});

it('fails the invocation for a request that could not be answered', async () => {
  const { invoke, answers } = scene();
  await expect(invoke(succeed, { ...event, ResponseURL: 'canary-value' })).rejects.toMatchObject({
    code: 'event-invalid',
    message: "CloudFormation's request is not valid: ResponseURL must be a URL",
  });
  expect(answers).toEqual([]);
});
