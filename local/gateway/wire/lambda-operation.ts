/** Lambda's REST addresses, for the operations that the project and the CDK use. */
import { parseJsonObject } from '../service-call.ts';
import type { HttpMessage } from './http-message.ts';
import { unknownOperation, type Operation } from './operation.ts';

const name = '([^/]+)';
const functions = '^/2015-03-31/functions';
const mappings = '^/2015-03-31/event-source-mappings';

const routes: readonly (readonly [method: string, path: RegExp, operation: string])[] = [
  ['GET', new RegExp(`${functions}/?$`), 'ListFunctions'],
  ['POST', new RegExp(`${functions}/?$`), 'CreateFunction'],
  ['GET', new RegExp(`${functions}/${name}$`), 'GetFunction'],
  ['DELETE', new RegExp(`${functions}/${name}$`), 'DeleteFunction'],
  ['PUT', new RegExp(`${functions}/${name}/code$`), 'UpdateFunctionCode'],
  ['GET', new RegExp(`${functions}/${name}/configuration$`), 'GetFunctionConfiguration'],
  ['PUT', new RegExp(`${functions}/${name}/configuration$`), 'UpdateFunctionConfiguration'],
  ['GET', new RegExp(`^/2019-09-30/functions/${name}/concurrency$`), 'GetFunctionConcurrency'],
  ['PUT', new RegExp(`^/2017-10-31/functions/${name}/concurrency$`), 'PutFunctionConcurrency'],
  ['POST', new RegExp(`${functions}/${name}/invocations$`), 'Invoke'],
  ['GET', new RegExp(`${functions}/${name}/policy$`), 'GetPolicy'],
  ['POST', new RegExp(`${functions}/${name}/policy$`), 'AddPermission'],
  ['DELETE', new RegExp(`${functions}/${name}/policy/${name}$`), 'RemovePermission'],
  ['GET', new RegExp(`${functions}/${name}/versions$`), 'ListVersionsByFunction'],
  ['POST', new RegExp(`${functions}/${name}/versions$`), 'PublishVersion'],
  ['GET', new RegExp(`${functions}/${name}/aliases$`), 'ListAliases'],
  ['POST', new RegExp(`${functions}/${name}/aliases$`), 'CreateAlias'],
  ['GET', new RegExp(`${mappings}/?$`), 'ListEventSourceMappings'],
  ['POST', new RegExp(`${mappings}/?$`), 'CreateEventSourceMapping'],
  ['GET', new RegExp(`^/2017-03-31/tags/(.+)$`), 'ListTags'],
  ['POST', new RegExp(`^/2017-03-31/tags/(.+)$`), 'TagResource'],
  ['DELETE', new RegExp(`^/2017-03-31/tags/(.+)$`), 'UntagResource'],
];

export const lambdaOperation = ({ method, path, query, body }: HttpMessage): Operation => {
  for (const [routeMethod, pattern, operation] of routes) {
    const match = method === routeMethod ? pattern.exec(path) : null;
    if (!match) continue;
    const target = match[1] === undefined ? undefined : decodeURIComponent(match[1]);
    const qualifier = query.get('Qualifier');
    return {
      operation,
      input: {
        // The payload of an invocation is the caller's own, not the operation's input.
        ...(operation !== 'Invoke' && parseJsonObject(body)),
        ...(target !== undefined && { [path.startsWith('/2017-03-31/tags') ? 'Resource' : 'FunctionName']: target }),
        ...(qualifier !== null && { Qualifier: qualifier }),
      },
    };
  }
  return { operation: unknownOperation, input: {} };
};
