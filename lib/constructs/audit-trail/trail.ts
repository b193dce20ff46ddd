/** The second lane of the audit: CloudTrail's own files, encrypted, validated and kept. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectOwnership,
  StorageClass,
  CfnBucket,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { trailName } from '../../contract/index.ts';
import {
  acknowledge,
  acknowledgeDenials,
  acknowledgeItself,
  acknowledgeShared,
  acknowledgeWildcards,
} from '../../rules/acknowledge.ts';
import { administrateKey } from '../encryption-key/administrate-key.ts';
import { invalidProps } from '../invalid-props.ts';

export interface TrailProps {
  readonly environment: string;
  /** Time for which the files are kept. */
  readonly retention: Duration;
}

/** S3 refuses a rule that archives a file after it has expired. */
const archiveAfter = Duration.days(90);

const cloudTrail = new ServicePrincipal('cloudtrail.amazonaws.com');

/** All management events of all regions, reads among them. */
export class Trail extends Construct {
  readonly bucket: Bucket;
  /** Of the files. */
  readonly key: Key;
  readonly arn: string;

  constructor(scope: Construct, id: string, { environment, retention }: TrailProps) {
    super(scope, id);
    const name = trailName(environment);
    const trailArn = Stack.of(this).formatArn({ service: 'cloudtrail', resource: 'trail', resourceName: name });
    const key = this.#createKey(environment, trailArn);
    this.key = key;
    this.arn = trailArn;
    this.bucket = this.#createBucket(key, retention);
    const policy = allowTrail(this.bucket, trailArn);

    const trail = new CfnTrail(this, 'Trail', {
      trailName: name,
      s3BucketName: this.bucket.bucketName,
      kmsKeyId: key.keyArn,
      isLogging: true,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      eventSelectors: [{ includeManagementEvents: true, readWriteType: 'All' }],
    });
    if (policy) trail.node.addDependency(policy);
    acknowledgeShared(trail, {
      CloudTrailCloudWatchLogsEnabled:
        'The events go to the SIEM at once through EventBridge; a copy in CloudWatch Logs would have no reader.',
    });
  }

  #createKey(environment: string, trailArn: string): Key {
    const { account } = Stack.of(this);
    const key = new Key(this, 'Key', {
      description: `CloudTrail files of ${environment}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
      policy: new PolicyDocument({
        statements: [
          administrateKey(),
          new PolicyStatement({
            sid: 'EncryptByTheTrail',
            principals: [cloudTrail],
            actions: ['kms:GenerateDataKey'],
            resources: ['*'],
            conditions: {
              StringEquals: { 'aws:SourceArn': trailArn },
              StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': `arn:*:cloudtrail:*:${account}:trail/*` },
            },
          }),
          new PolicyStatement({
            sid: 'DescribeByTheTrail',
            principals: [cloudTrail],
            actions: ['kms:DescribeKey'],
            resources: ['*'],
            conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
          }),
          new PolicyStatement({
            sid: 'ReadByPrincipalsOfTheAccount',
            principals: [new AccountRootPrincipal()],
            actions: ['kms:Decrypt'],
            resources: ['*'],
            conditions: {
              StringEquals: { 'kms:CallerAccount': account },
              StringLike: { 'kms:EncryptionContext:aws:cloudtrail:arn': `arn:*:cloudtrail:*:${account}:trail/*` },
            },
          }),
        ],
      }),
    });
    acknowledgeItself(key, 'key');
    return key;
  }

  #createBucket(key: Key, retention: Duration): Bucket {
    const shared = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    };
    const notReplicated = 'One region is enough: the first lane has sent each event to the SIEM already.';
    const accessLog = new Bucket(this, 'AccessLog', {
      ...shared,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: retention, noncurrentVersionExpiration: Duration.days(30) }],
    });
    const withoutEnd = 'It is the access log: its own log would log itself without end.';
    acknowledge(accessLog, { 'AwsSolutions-S1': withoutEnd });
    acknowledgeShared(accessLog, {
      S3BucketLoggingEnabled: withoutEnd,
      S3DefaultEncryptionKMS: 'S3 delivers access logs to buckets under its own key only.',
      S3BucketReplicationEnabled: notReplicated,
    });
    acknowledgeObjects(accessLog, '*');
    const bucket = new Bucket(this, 'Files', {
      ...shared,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      // A bucket key would take the trail's ARN out of the encryption context, by which the key's policy knows the trail,
      // and CloudTrail would need kms:Decrypt besides.
      bucketKeyEnabled: false,
      lifecycleRules: [
        {
          ...(retention.toDays() > archiveAfter.toDays() && {
            transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: archiveAfter }],
          }),
          expiration: retention,
          noncurrentVersionExpiration: Duration.days(30),
        },
      ],
    });
    acknowledgeShared(bucket, { S3BucketReplicationEnabled: notReplicated });
    acknowledgeObjects(bucket, `AWSLogs/${Stack.of(this).account}/*`);
    logAccess(bucket, accessLog);
    return bucket;
  }
}

/** What the policies of the buckets name by a pattern: objects, whose names S3 and CloudTrail make. */
const acknowledgeObjects = (bucket: Bucket, written: string): void => {
  acknowledgeWildcards(bucket, {
    [bucket.arnForObjects(written)]: 'The service that writes here names the objects, below this very path.',
  });
  acknowledgeDenials(
    bucket,
    { actions: ['s3:*'], resources: [bucket.arnForObjects('*')] },
    'Nothing at all may be done with the bucket and its objects without TLS.',
  );
};

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
const allowTrail = (bucket: Bucket, trailArn: string) => {
  const { account } = Stack.of(bucket);
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'CheckByTheTrail',
      principals: [cloudTrail],
      actions: ['s3:GetBucketAcl'],
      resources: [bucket.bucketArn],
      conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
    }),
  );
  return bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'WriteByTheTrail',
      principals: [cloudTrail],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`AWSLogs/${account}/*`)],
      conditions: { StringEquals: { 'aws:SourceArn': trailArn, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    }),
  ).policyDependable;
};

/**
 * By the bucket's policy and not by its ACL, whatever the app's feature flags:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
const logAccess = (bucket: Bucket, log: Bucket): void => {
  const resource: unknown = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw invalidProps(bucket, 'The bucket has no resource to log the access to');
  resource.loggingConfiguration = { destinationBucketName: log.bucketName };
  log.addToResourcePolicy(
    new PolicyStatement({
      sid: 'WriteByServerAccessLogging',
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [log.arnForObjects('*')],
      conditions: {
        ArnLike: { 'aws:SourceArn': bucket.bucketArn },
        StringEquals: { 'aws:SourceAccount': Stack.of(bucket).account },
      },
    }),
  );
};
