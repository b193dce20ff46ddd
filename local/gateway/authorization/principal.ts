/** The caller as policies see it. */
import type { CredentialStore } from '../identity/credentials.ts';
import type { AwsRequest, Caller } from '../request.ts';
import { ServiceError } from '../service-call.ts';
import type { Context } from './check.ts';
import type { Deployed } from './deployed.ts';
import type { Principal } from './evaluate.ts';

/** What no request says of itself. */
export interface Surroundings {
  /** Id in AWS Organizations of the organisation to which an account belongs; none: to no organisation. */
  readonly organizationOf: (account: string) => string | undefined;
  /** `vpc-…` in which a VPC endpoint is. */
  readonly vpcOf: (endpoint: string) => string | undefined;
}

/** @throws ServiceError if the caller's role no longer exists. */
export const principalOf = async (
  request: AwsRequest,
  deployed: Deployed,
  credentials: CredentialStore,
  surroundings: Surroundings,
): Promise<Principal> => {
  const { caller } = request;
  const common = { ...requestContext(request), ...endpointContext(request.headers['host'], surroundings) };
  const organization = organizationContext(surroundings.organizationOf(caller.account));
  switch (caller.kind) {
    case 'administrator':
      return {
        arn: caller.arn,
        identityPolicies: [allowAll],
        context: { ...common, ...administratorContext(caller), ...organization },
      };
    case 'service':
      return {
        arn: caller.service,
        identityPolicies: [],
        context: { ...common, ...serviceContext(caller) },
      };
    case 'role': {
      const role = await deployed.role(caller.roleArn);
      if (!role) {
        throw new ServiceError(
          'UnrecognizedClientException',
          'The security token included in the request is invalid.',
          403,
        );
      }
      const key = credentials.find(caller.accessKeyId);
      const tags = { ...role.tags, ...key?.sessionTags };
      return {
        arn: caller.arn,
        identityPolicies: role.identityPolicies,
        ...(role.permissionsBoundary && { permissionsBoundary: role.permissionsBoundary }),
        ...(key?.sessionPolicy !== undefined && { sessionPolicy: key.sessionPolicy }),
        context: { ...common, ...roleContext(caller, tags), ...organization },
      };
    }
  }
};

const allowAll = {
  name: 'AdministratorAccess',
  policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
};

/** The organisation in AWS Organizations to which every account of the local AWS belongs by default. */
export const localOrganizationId = 'o-localstrongroom';

/** Keys that every request has. The wire is plain HTTP on the loopback, which stands for TLS here. */
const requestContext = ({ region, receivedAt, headers }: AwsRequest): Context => ({
  'aws:CurrentTime': new Date(receivedAt).toISOString(),
  'aws:EpochTime': String(Math.floor(receivedAt / 1000)),
  'aws:RequestedRegion': region,
  'aws:SecureTransport': 'true',
  'aws:SourceIp': '127.0.0.1',
  'aws:UserAgent': headers['user-agent'] ?? '',
  'aws:ViaAWSService': 'false',
});

/**
 * A VPC endpoint is known by its DNS name, under which the gateway is reached in its place.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html#interface-endpoint-dns-hostnames
 */
const endpointContext = (host = '', { vpcOf }: Surroundings): Context => {
  const [, endpoint] = /^(vpce-[0-9a-f]{8,17})[.-]/.exec(host) ?? [];
  if (endpoint === undefined) return {};
  const vpc = vpcOf(endpoint);
  return { 'aws:SourceVpce': endpoint, ...(vpc !== undefined && { 'aws:SourceVpc': vpc }) };
};

const organizationContext = (organization: string | undefined): Context =>
  organization === undefined ? {} : { 'aws:PrincipalOrgID': organization };

const administratorContext = ({ arn, account }: Extract<Caller, { kind: 'administrator' }>): Context => ({
  'aws:PrincipalArn': arn,
  'aws:PrincipalAccount': account,
  'aws:PrincipalIsAWSService': 'false',
  ...(isRoot(arn)
    ? { 'aws:PrincipalType': 'Account' }
    : { 'aws:PrincipalType': 'User', 'aws:username': arn.slice(arn.lastIndexOf('/') + 1) }),
});

const isRoot = (arn: string): boolean => arn.endsWith(':root');

const roleContext = (
  { roleArn, account, principalId }: Extract<Caller, { kind: 'role' }>,
  tags: Readonly<Record<string, string>>,
): Context => ({
  'aws:PrincipalArn': roleArn,
  'aws:PrincipalAccount': account,
  'aws:PrincipalType': 'AssumedRole',
  'aws:PrincipalIsAWSService': 'false',
  'aws:userid': principalId,
  'aws:MultiFactorAuthPresent': 'false',
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
});

const serviceContext = ({ service, account, sourceArn }: Extract<Caller, { kind: 'service' }>): Context => ({
  'aws:PrincipalIsAWSService': 'true',
  'aws:PrincipalServiceName': service,
  'aws:PrincipalServiceNamesList': [service],
  'aws:SourceAccount': account,
  ...(sourceArn !== undefined && { 'aws:SourceArn': sourceArn }),
});
