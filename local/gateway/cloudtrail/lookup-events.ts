/**
 * LookupEvents over the records of this run: the emulator knows no true identities.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
import { z } from 'zod';

import type { AwsRequest } from '../request.ts';
import { jsonResponse, ServiceError } from '../service-call.ts';
import type { TrailRecord } from './trail-record.ts';

const inputSchema = z.looseObject({
  LookupAttributes: z
    .array(z.looseObject({ AttributeKey: z.string(), AttributeValue: z.string() }))
    .max(1)
    .optional(),
  StartTime: z.number().optional(),
  EndTime: z.number().optional(),
  MaxResults: z.number().int().min(1).max(50).optional(),
  NextToken: z.string().regex(/^\d+$/).optional(),
});

/** The newest record first, as CloudTrail gives them. */
export const lookUpEvents = (request: AwsRequest, records: readonly TrailRecord[]) => {
  const input = inputSchema.safeParse(request.input);
  if (!input.success) throw new ServiceError('InvalidLookupAttributesException', z.prettifyError(input.error));
  const { LookupAttributes: [attribute] = [], StartTime, EndTime, MaxResults = 50, NextToken = '0' } = input.data;
  const found = records.filter((record) => {
    const at = Date.parse(record.eventTime) / 1000;
    return (
      record.managementEvent &&
      record.recipientAccountId === request.caller.account &&
      record.awsRegion === request.region &&
      (StartTime === undefined || at >= StartTime) &&
      (EndTime === undefined || at <= EndTime) &&
      (attribute === undefined || valuesOf(record, attribute.AttributeKey).includes(attribute.AttributeValue))
    );
  });
  const from = Number(NextToken);
  const page = found.toReversed().slice(from, from + MaxResults);
  return jsonResponse({
    Events: page.map(eventOf),
    ...(from + page.length < found.length && { NextToken: String(from + page.length) }),
  });
};

/** @throws ServiceError InvalidLookupAttributesException for a key that the API does not have */
const valuesOf = (record: TrailRecord, key: string): readonly (string | undefined)[] => {
  switch (key) {
    case 'EventId':
      return [record.eventID];
    case 'EventName':
      return [record.eventName];
    case 'EventSource':
      return [record.eventSource];
    case 'ReadOnly':
      return [String(record.readOnly)];
    case 'Username':
      return [usernameOf(record)];
    case 'AccessKeyId':
      return [record.userIdentity.accessKeyId];
    case 'ResourceName':
      return resourcesOf(record);
    case 'ResourceType':
      return record.resources?.map(({ type }) => type) ?? [];
    default:
      throw new ServiceError('InvalidLookupAttributesException', `There is no lookup attribute ${key}.`);
  }
};

/** A session is identified by its name. */
const usernameOf = ({ userIdentity: { userName, arn } }: TrailRecord): string | undefined =>
  userName ?? arn?.slice(arn.lastIndexOf('/') + 1);

const resourcesOf = (record: TrailRecord): string[] => {
  const named = [
    record.requestParameters?.['secretId'],
    record.requestParameters?.['keyId'],
    record.additionalEventData?.['SecretId'],
  ];
  return [...named.filter((name) => typeof name === 'string'), ...(record.resources?.map(({ ARN }) => ARN) ?? [])];
};

const eventOf = (record: TrailRecord) => ({
  EventId: record.eventID,
  EventName: record.eventName,
  EventSource: record.eventSource,
  EventTime: Date.parse(record.eventTime) / 1000,
  ReadOnly: String(record.readOnly),
  Username: usernameOf(record),
  AccessKeyId: record.userIdentity.accessKeyId,
  Resources: resourcesOf(record).map((ResourceName) => ({ ResourceName })),
  CloudTrailEvent: JSON.stringify(record),
});
