/** Who read and changed which secret: sent to the SIEM at once, and kept in the trail's files. */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { metricName } from '../../contract/index.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { page } from '../alarm.ts';
import type { SecretNames } from '../arns.ts';
import type { SecretFences } from '../managed-secret/access-policy.ts';
import { invalidProps } from '../invalid-props.ts';
import { eventMetric } from '../metrics.ts';
import { timesMatched } from '../times-matched.ts';
import { createSiemLane, laneMetrics, type SiemLane, type SiemProps } from './siem-lane.ts';
import { Trail } from './trail.ts';

export type { SiemLane, SiemProps };

export interface AuditTrailProps {
  readonly environment: string;
  /**
   * Where the events go.
   * @default - to no SIEM: there is the trail alone
   */
  readonly siem?: SiemProps;
  /**
   * How the environment's secrets are named.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /**
   * Name of the secret with the SIEM's token.
   * @default `<environment>/strongroom/siem`
   */
  readonly siemSecretName?: string;
  /** Key of the secret with the SIEM's token; an alias will do. */
  readonly encryptionKey: IKey;
  /** Team that answers for the platform. */
  readonly owner: string;
  /** Name of the contact for the platform's alarms. */
  readonly contact: string;
  /**
   * Roles that put the SIEM's token.
   * @default - none but the break-glass role
   */
  readonly operators?: readonly IRole[];
  /**
   * Conditions of every access to that secret, in addition to the policies.
   * @default - nothing more
   */
  readonly fences?: SecretFences;
  /**
   * Who is paged when the delivery stops or fails, when the SIEM's secret is changed, and without a SIEM when the
   * trail is stopped or changed.
   * @default - no one
   */
  readonly alertTopic?: ITopic;
  /**
   * `create`: a CloudTrail trail of this account. `existing`: the account has a trail of management events already, such
   * as its organisation's; without one, EventBridge gets no CloudTrail events at all.
   * @default 'create'
   */
  readonly trail?: 'create' | 'existing';
  /**
   * Time for which the trail's files are kept.
   * @default Duration.days(400)
   */
  readonly trailRetention?: Duration;
  /**
   * PEM file of the authority of the SIEM, where it is a private one.
   * @default - the public authorities
   */
  readonly certificateAuthorities?: string;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
}

/**
 * Every call to Secrets Manager in the account and region, reads among them, every use of a key for a secret of the
 * environment, and every change of a key's policy or alias. What the SIEM doesn't take is tried again for half an hour and
 * then waits in the dead-letter queue.
 *
 * @example
 * new AuditTrail(stack, 'Audit', {
 *   environment: 'prod',
 *   siem: { url: 'https://splunk.example.com:8088', index: 'aws_secrets' },
 *   encryptionKey: key,
 *   owner: 'team-platform',
 *   contact: 'platform-oncall',
 * });
 */
export class AuditTrail extends Construct {
  /** From EventBridge to the SIEM; absent without a SIEM. */
  readonly lane: SiemLane | undefined;

  readonly #environment: string;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    markOwnStack(this);
    this.#environment = props.environment;
    this.lane = props.siem && createSiemLane(this, { ...props, siem: props.siem });
    if ((props.trail ?? 'create') === 'create') {
      new Trail(this, 'Trail', {
        environment: props.environment,
        retention: props.trailRetention ?? Duration.days(400),
      });
      if (!this.lane && props.alertTopic) this.#watchTrail(props.environment, props.alertTopic);
    }
  }

  /** Events that the SIEM took. */
  metricDelivered(options?: MetricOptions): Metric {
    return this.#audit(metricName.auditEventsDelivered, options);
  }

  /** Events that went back to the queue: the SIEM did not take them, or they are not valid. */
  metricFailed(options?: MetricOptions): Metric {
    return this.#audit(metricName.auditEventsFailed, options);
  }

  /** Events in the dead-letter queue. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return laneMetrics.deadLetters(this.#laneOf('metricDeadLetters'), options);
  }

  /** Seconds for which the oldest event has waited. */
  metricAge(options?: MetricOptions): Metric {
    return laneMetrics.age(this.#laneOf('metricAge'), options);
  }

  /** Failed invocations of the forwarder. */
  metricErrors(options?: MetricOptions): Metric {
    return laneMetrics.errors(this.#laneOf('metricErrors'), options);
  }

  #audit(name: string, options?: MetricOptions): Metric {
    this.#laneOf(name);
    return eventMetric(name, { environment: this.#environment }, options);
  }

  #laneOf(metric: string): SiemLane {
    if (!this.lane) throw invalidProps(this, `${metric} is a metric of the events for a SIEM: set siem`);
    return this.lane;
  }

  /** With a SIEM, its delivery stops when the trail does. */
  #watchTrail(environment: string, topic: ITopic): void {
    const rule = new CfnRule(this, 'TrailChanges', {
      description: 'Calls that stop or change a trail: an alarm counts them',
      eventPattern: {
        source: ['aws.cloudtrail'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventName: ['DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'],
          errorCode: [{ exists: false }],
        },
      },
    });
    page(this, 'TrailChanged', topic, {
      metric: timesMatched(rule),
      name: `strongroom-${environment}-trail-changed`,
      description: `Somebody stopped or changed a trail of the account of ${environment}. Ask who did it: it is in CloudTrail.`,
    });
  }
}
