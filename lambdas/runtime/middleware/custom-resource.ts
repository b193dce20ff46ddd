/**
 * Answers CloudFormation for a custom resource, also where the handler fails: without an answer a deployment waits for an
 * hour (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html).
 */
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { isCodedError } from '../../../lib/contract/index.ts';
import { Redactor } from '../redaction.ts';
import { parseBy } from '../parse-by.ts';
import { aFunction, checkOptions } from './check-options.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export interface CloudFormationAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
}

export interface CustomResourceOptions {
  readonly redactor: Redactor;
  /** Sends the answer. */
  readonly answer: (url: URL, answer: CloudFormationAnswer) => Promise<void>;
}

const text = z.string().check(z.minLength(1));

/** CloudFormation's object: what it adds is dropped. */
const request = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  RequestId: text,
  StackId: text,
  LogicalResourceId: text,
  /** Of an update and a deletion. */
  PhysicalResourceId: z.optional(text),
  /** A presigned address of S3: anyone who has it can answer for the resource. */
  ResponseURL: z.string().check(z.refine((url) => URL.canParse(url), 'must be a URL')),
});

type Internal = Record<string, unknown> & { request?: z.output<typeof request>; answering?: true };

/** An answer has 4096 bytes at most. */
const longestReason = 3_200;

export const customResource = (
  options: CustomResourceOptions,
): MiddlewareObj<unknown, unknown, Error, Context, Internal> => {
  checkOptions('custom-resource', { redactor: z.instanceof(Redactor), answer: aFunction }, options);
  const { redactor, answer } = options;
  const send = async (internal: Internal, outcome: Pick<CloudFormationAnswer, 'Status' | 'Reason'>): Promise<void> => {
    const { request: asked } = internal;
    if (asked === undefined) return;
    internal.answering = true;
    await answer(new URL(asked.ResponseURL), {
      ...outcome,
      PhysicalResourceId: asked.PhysicalResourceId ?? asked.LogicalResourceId,
      StackId: asked.StackId,
      RequestId: asked.RequestId,
      LogicalResourceId: asked.LogicalResourceId,
    });
  };
  return {
    before: ({ event, internal }) => {
      internal.request = parseBy(request, event, "CloudFormation's request");
    },
    after: ({ internal }) => send(internal, { Status: 'SUCCESS' }),
    onError: async (failed) => {
      const { error, internal } = failed;
      // An answer that did not arrive is sent again when Lambda repeats the invocation.
      if (internal.request === undefined || internal.answering) return;
      await send(internal, { Status: 'FAILED', Reason: redactor.redact(reasonOf(error)).slice(0, longestReason) });
      // CloudFormation has its answer: a repetition would change nothing.
      failed.response = null;
    },
  };
};

const reasonOf = (error: unknown): string =>
  isCodedError(error) ? `${error.code}: ${error.message}` : 'The function failed; its log says why';
