/** Reads the answer of `_bulk`: 200 says only that each event has an answer of its own. */
import * as z from 'zod/mini';
import { answerError, answerText, codedAnswerError, jsonObject } from '../answer-error.ts';
import { DestinationError, type HttpsAnswer, type Outcome } from '../destination.ts';

export interface BulkContext {
  /** The destination as messages name it. */
  readonly who: string;
  readonly index: string;
  /** `_id` of each event that was sent. */
  readonly ids: readonly string[];
  /** Are left out of messages. */
  readonly credentials: readonly string[];
}

const bulkItem = z.object({
  create: z.object({
    _id: z.string(),
    status: z.number(),
    error: z.optional(z.object({ type: z.string(), reason: z.optional(z.nullable(z.string())) })),
  }),
});
type Item = z.infer<typeof bulkItem>['create'];

/**
 * An outcome for each event.
 *
 * @throws DestinationError if the request was refused, if an event was refused for what is the same for all events (login,
 * index), or if the answer does not have exactly the events that were sent.
 */
export const readBulkAnswer = (answer: HttpsAnswer, context: BulkContext): readonly Outcome[] => {
  if (answer.status !== 200) throw requestError(answer, context);
  const { items } = jsonObject(answer) ?? {};
  const { who, ids } = context;
  if (!Array.isArray(items)) throw codedAnswerError('misconfigured', who, answer, notBulk(answer));
  if (items.length !== ids.length) {
    throw codedAnswerError('misconfigured', who, answer, `${items.length} items for ${ids.length} events`);
  }
  return ids.map((id, index) => {
    const { data } = bulkItem.safeParse(items[index]);
    if (data?.create._id !== id) {
      throw codedAnswerError('misconfigured', who, answer, `item ${index} is not that of the event sent`);
    }
    return outcomeOf(data.create, context);
  });
};

const notBulk = ({ contentType }: HttpsAnswer): string =>
  contentType === 'text/html' ? '' : 'the answer is not that of _bulk';

/** `{"error":{"type":"security_exception","reason":"…"},"status":401}` */
const requestError = (answer: HttpsAnswer, { who, credentials }: BulkContext): DestinationError => {
  const { error } = jsonObject(answer) ?? {};
  if (typeof error !== 'object' || error === null) return answerError(who, answer);
  const { type, reason } = error as { readonly type?: unknown; readonly reason?: unknown };
  return answerError(who, answer, answerText([type, withoutContent(reason)].filter(isText).join(': '), credentials));
};

const outcomeOf = ({ status, error }: Item, { who, index, credentials }: BulkContext): Outcome => {
  const type = error?.type ?? '';
  // The event is there already: an earlier attempt has brought it.
  if ((status >= 200 && status < 300 && !error) || (status === 409 && type === 'version_conflict_engine_exception')) {
    return { status: 'delivered' };
  }
  const text = answerText([type, withoutContent(error?.reason)].filter(isText).join(': '), credentials);
  const reason = `${who} answered ${status} for the event${text === '' ? '' : ` "${text}"`}`;
  if (status === 408 || status === 409 || status === 429 || status >= 500) return { status: 'retry', reason };
  if (status === 413 || (status === 400 && isAboutDocument(type, error?.reason ?? ''))) {
    return { status: 'refused', reason };
  }
  const isLogin = status === 401 || (status === 403 && type !== 'cluster_block_exception');
  throw new DestinationError(
    isLogin ? 'unauthorised' : 'misconfigured',
    `${reason}: check the index ${index}, and what the login may do`,
  );
};

/** These are about one event. Others of status 400 are about the index, a pipeline or the request: none would be taken. */
const documentErrors: ReadonlySet<string> = new Set([
  'mapper_parsing_exception',
  'document_parsing_exception',
  'strict_dynamic_mapping_exception',
  'parsing_exception',
  'x_content_parse_exception',
  'not_x_content_exception',
  'json_parse_exception',
]);

const isAboutDocument = (type: string, reason: string): boolean =>
  documentErrors.has(type) ||
  (type === 'illegal_argument_exception' &&
    /immense term|limit of total fields|document id|nested documents|\bfield\b/i.test(reason));

/** Reasons can quote the value of a field, and with it what somebody has put into the event. */
const withoutContent = (reason: unknown): string | undefined =>
  typeof reason === 'string'
    ? reason.replace(/\s*(?:Preview of field's value|The prefix of the first immense term|Please correct).*$/s, '')
    : undefined;

const isText = (text: unknown): text is string => typeof text === 'string' && text !== '';
