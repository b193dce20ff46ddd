/**
 * What a DynamoDB call asks of the policies: the table, and the partition keys that the call names.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import { isRecord } from '../service-call.ts';
import type { AwsRequest } from '../request.ts';
import { scopeOf, text, type Checks } from './check.ts';
import type { Deployed } from './deployed.ts';

/** The items that a call reads or writes, by table: each has the attributes of its key. */
type Items = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;

export const dynamoDbChecks: Checks = async (request, deployed) => {
  const items = itemsOf(request);
  if (!items) return undefined;
  return Promise.all(
    [...items].map(async ([table, named]) => {
      const scope = scopeOf(request, table);
      const name = table.slice(table.lastIndexOf('/') + 1);
      const keys = named.length === 0 ? [] : await leadingKeys(deployed, scope, name, named);
      return {
        action: `dynamodb:${request.operation}`,
        resource: { arn: `arn:aws:dynamodb:${scope.region}:${scope.account}:table/${name}`, account: scope.account },
        ...(keys.length > 0 && { context: { 'dynamodb:LeadingKeys': keys } }),
      };
    }),
  );
};

/** Calls on one item, with the field that has its key. */
const onOneItem: Readonly<Record<string, string>> = {
  GetItem: 'Key',
  PutItem: 'Item',
  UpdateItem: 'Key',
  DeleteItem: 'Key',
};

/** Their keys are in lists or statements, which are not read here: roles are refused. */
const keysNotRead = new Set([
  'TransactGetItems',
  'TransactWriteItems',
  'ExecuteStatement',
  'ExecuteTransaction',
  'BatchExecuteStatement',
]);

/** `undefined` if the call does not say which tables it is for. */
const itemsOf = ({ operation, input }: AwsRequest): Items | undefined => {
  if (keysNotRead.has(operation)) return undefined;
  if (operation === 'BatchGetItem') {
    return byTable(input['RequestItems'], (asked) => recordsIn(isRecord(asked) ? asked['Keys'] : undefined));
  }
  if (operation === 'BatchWriteItem') {
    return byTable(input['RequestItems'], (asked) => recordsIn(asked).flatMap(writtenItem));
  }
  const table = text(input['TableName']);
  if (table === undefined) return undefined;
  if (operation === 'Query') return queried(table, input);
  const item = input[onOneItem[operation] ?? ''];
  return new Map([[table, isRecord(item) ? [item] : []]]);
};

/** A query names one partition key. An index is a resource of its own, with other keys: roles are refused. */
const queried = (table: string, input: AwsRequest['input']): Items | undefined => {
  const condition = text(input['KeyConditionExpression']);
  if (condition === undefined || input['IndexName'] !== undefined) return undefined;
  const names = input['ExpressionAttributeNames'];
  const values = input['ExpressionAttributeValues'];
  const equal: Record<string, unknown> = {};
  for (const [, name = '', value = ''] of condition.matchAll(/(#?\w[\w.-]*)\s*=\s*(:\w+)/g)) {
    const attribute = name.startsWith('#') ? text(isRecord(names) ? names[name] : undefined) : name;
    if (attribute !== undefined) equal[attribute] = isRecord(values) ? values[value] : undefined;
  }
  return new Map([[table, [equal]]]);
};

const byTable = (
  value: unknown,
  itemsIn: (asked: unknown) => readonly Readonly<Record<string, unknown>>[],
): Items | undefined => {
  if (!isRecord(value) || Object.keys(value).length === 0) return undefined;
  return new Map(Object.entries(value).map(([table, asked]) => [table, itemsIn(asked)]));
};

const writtenItem = ({ PutRequest: put, DeleteRequest: deletion }: Readonly<Record<string, unknown>>) => {
  const item = isRecord(put) ? put['Item'] : isRecord(deletion) ? deletion['Key'] : undefined;
  return isRecord(item) ? [item] : [];
};

const recordsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter((one) => isRecord(one)) : [];

const leadingKeys = async (
  deployed: Deployed,
  scope: { readonly account: string; readonly region: string },
  table: string,
  items: readonly Readonly<Record<string, unknown>>[],
): Promise<readonly string[]> => {
  const partitionKey = await deployed.partitionKey(scope, table);
  if (partitionKey === undefined) return [];
  return items.flatMap((item) => keyText(item[partitionKey]) ?? []);
};

/** A key is a text, a number or bytes: `{ S: 'id' }`. */
const keyText = (value: unknown): string | undefined =>
  isRecord(value) ? (text(value['S']) ?? text(value['N']) ?? text(value['B'])) : undefined;
