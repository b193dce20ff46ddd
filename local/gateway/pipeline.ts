/** The way of every call: faults, policies, the service, faults again, and the trail. */
import { errorOf, ServiceError } from './service-call.ts';
import type { AwsRequest, AwsResponse, Forward, ServiceOverlay } from './request.ts';
import { errorAnswer, protocolOf } from './wire/answer.ts';

/** What may be done to a call on its way. */
export interface Hooks {
  /**
   * Before the call has an effect: answers in the service's place (throttle, 5xx), waits, or throws
   * {@link DroppedConnection}. Nothing: the call continues.
   */
  before?(request: AwsRequest): Promise<AwsResponse | undefined>;
  /** After the effect: gives the answer that the caller gets, or throws {@link DroppedConnection}. */
  after?(request: AwsRequest, response: AwsResponse): Promise<AwsResponse>;
  /** Called with every call that has ended, also refused and failed ones, before its caller gets the answer. */
  ended?(call: EndedCall): void | Promise<void>;
}

export interface EndedCall {
  readonly request: AwsRequest;
  /** What the service answered, before any fault after the effect. */
  readonly response: AwsResponse;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The caller sees its connection end without an answer: a time-out, as far as it can tell. */
export class DroppedConnection extends Error {
  override readonly name = 'DroppedConnection';
}

/** Whether the caller may; throws the service's own refusal otherwise. */
export type Authorize = (request: AwsRequest) => Promise<void>;

export interface PipelineOptions {
  readonly forward: Forward;
  readonly authorize: Authorize;
  readonly overlays: readonly ServiceOverlay[];
  readonly hooks: readonly Hooks[];
  /** Called with a defect: an error that is not an answer of a service. */
  readonly onDefect: (error: unknown, request: AwsRequest) => void;
}

/** Answers an identified call. Throws only {@link DroppedConnection}. */
export type Pipeline = (request: AwsRequest) => Promise<AwsResponse>;

export const createPipeline = ({ forward, authorize, overlays, hooks, onDefect }: PipelineOptions): Pipeline => {
  const overlayOf = new Map(overlays.map((overlay) => [overlay.service, overlay]));

  const serve = async (request: AwsRequest): Promise<AwsResponse> => {
    try {
      for (const hook of hooks) {
        const answer = await hook.before?.(request);
        if (answer) return answer;
      }
      await authorize(request);
      const overlay = overlayOf.get(request.service);
      return await (overlay ? overlay.handle(request, forward) : forward(request));
    } catch (error) {
      if (error instanceof DroppedConnection) throw error;
      if (!(error instanceof ServiceError)) onDefect(error, request);
      return errorAnswer(protocolOf(request.service, request), asServiceError(error), request.requestId);
    }
  };

  return async (request) => {
    const response = withRequestId(await serve(request), request);
    const call: EndedCall =
      response.status < 400 ? { request, response } : { request, response, error: errorOf(response) };
    for (const hook of hooks) await hook.ended?.(call);
    let answer = response;
    for (const hook of hooks) answer = (await hook.after?.(request, answer)) ?? answer;
    return answer;
  };
};

const asServiceError = (error: unknown): Pick<ServiceError, 'code' | 'message' | 'status'> =>
  error instanceof ServiceError
    ? error
    : { code: 'InternalFailure', message: 'The local gateway failed to process the request.', status: 500 };

const withRequestId = (response: AwsResponse, { requestId, service }: AwsRequest): AwsResponse => ({
  ...response,
  headers: { ...response.headers, [service === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid']: requestId },
});
