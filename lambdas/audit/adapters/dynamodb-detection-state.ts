/**
 * What detections remember, in a DynamoDB table with the keys `set` and `member` and the TTL attribute `expires`. A set is
 * cut into buckets as long as its window, so that what is read is never older than two windows.
 */
import { createHash } from 'node:crypto';
import {
  GetItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { callAws, orOn } from '../../runtime/adapters/aws-client.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { DetectionState, Sighting, Window } from '../detect/state/detection-state.ts';

export interface DynamoDbDetectionStateOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
}

const writing = 'remember an event for the detections';
const reading = 'read what the detections remember';

/** Of one invocation. @throws AwsError `aws-…` */
export const createDynamoDbDetectionState = (
  { client, table }: DynamoDbDetectionStateOptions,
  deadline: Deadline,
): DetectionState => {
  const put = async (set: string, member: string, at: number, expires: number): Promise<void> => {
    const update = new UpdateItemCommand({
      TableName: table,
      Key: keyOf(set, member),
      UpdateExpression: 'SET #at = :at, #expires = :expires, #name = :name',
      // An event that comes late or again does not make the member older.
      ConditionExpression: 'attribute_not_exists(#at) OR #at < :at',
      ExpressionAttributeNames: { '#at': 'at', '#expires': 'expires', '#name': 'name' },
      ExpressionAttributeValues: {
        ':at': { N: String(at) },
        ':expires': { N: String(Math.ceil(expires / 1000)) },
        ':name': { S: member },
      },
    });
    await orOn(
      'ConditionalCheckFailedException',
      callAws(writing, deadline, (options) => client.send(update, options)),
      () => undefined,
    );
  };

  const query = async (set: string, at: number, window: Window, found: Set<string>): Promise<void> => {
    let start: Record<string, AttributeValue> | undefined;
    do {
      const answer: QueryCommandOutput = await callAws(reading, deadline, (options) =>
        client.send(
          new QueryCommand({
            TableName: table,
            ConsistentRead: true,
            KeyConditionExpression: '#set = :set',
            FilterExpression: '#at > :from AND #at <= :to',
            ExpressionAttributeNames: { '#set': 'set', '#at': 'at' },
            ExpressionAttributeValues: {
              ':set': { S: shortKey(set) },
              ':from': { N: String(at - window.milliseconds) },
              ':to': { N: String(at) },
            },
            ...(start && { ExclusiveStartKey: start }),
          }),
          options,
        ),
      );
      for (const { name } of answer.Items ?? []) {
        if (name?.S !== undefined && found.size < window.members) found.add(name.S);
      }
      start = answer.LastEvaluatedKey;
    } while (start && found.size < window.members);
  };

  const membersOf = async (set: string, at: number, window: Window): Promise<readonly string[]> => {
    const bucket = Math.floor(at / window.milliseconds);
    const found = new Set<string>();
    for (const one of [bucket, bucket - 1]) {
      if (found.size < window.members) await query(bucketOf(set, one), at, window, found);
    }
    return [...found];
  };

  const seen = async (what: string, at: number, forMs: number): Promise<Sighting | undefined> => {
    const { Item: item } = await callAws(reading, deadline, (options) =>
      client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(what, seenMember), ConsistentRead: true }),
        options,
      ),
    );
    return sightingOf(item, at, forMs);
  };

  return {
    add: async (set, member, at, window) => {
      const bucket = Math.floor(at / window.milliseconds);
      await put(bucketOf(set, bucket), member, at, (bucket + 2) * window.milliseconds + day);
      return membersOf(set, at, window);
    },
    membersOf,
    see: async (what, at, forMs) => {
      const before = await seen(what, at, forMs);
      await callAws(writing, deadline, (options) =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(what, seenMember),
            UpdateExpression: 'SET #first = :first, #last = :last, #expires = :expires',
            ExpressionAttributeNames: { '#first': 'first', '#last': 'last', '#expires': 'expires' },
            ExpressionAttributeValues: {
              ':first': { N: String(Math.min(before?.first ?? at, at)) },
              ':last': { N: String(Math.max(before?.last ?? 0, at)) },
              ':expires': { N: String(Math.ceil((Math.max(before?.last ?? 0, at) + forMs + day) / 1000)) },
            },
          }),
          options,
        ),
      );
      return before;
    },
    seen,
  };
};

/** DynamoDB deletes within two days of the time; a day more keeps events that come late. */
const day = 86_400_000;

const seenMember = 'seen';

const bucketOf = (set: string, bucket: number): string => `${set}#${bucket}`;

const keyOf = (set: string, member: string): Record<string, AttributeValue> => ({
  set: { S: shortKey(set) },
  member: { S: shortKey(member) },
});

/** Parts of a key come from events: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const shortKey = (text: string): string =>
  text.length > 0 && text.length <= 300 ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;

const sightingOf = (
  item: Record<string, AttributeValue> | undefined,
  at: number,
  forMs: number,
): Sighting | undefined => {
  const first = Number(item?.['first']?.N);
  const last = Number(item?.['last']?.N);
  return last > at - forMs ? { first, last } : undefined;
};
