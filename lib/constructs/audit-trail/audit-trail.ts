/** Who read and changed which secret: sent to the destinations at once, and kept in the trail's files. */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type DestinationSettings, metricName } from '../../contract/index.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { page, runbookIn } from '../alarm.ts';
import type { SecretNames } from '../arns.ts';
import { closeGrants, tableGrants } from '../close-grants.ts';
import type { SecretFences } from '../managed-secret/access-policy.ts';
import { invalidProps } from '../invalid-props.ts';
import { eventMetric } from '../metrics.ts';
import { timesMatched } from '../times-matched.ts';
import { AuditDestination } from './audit-destination.ts';
import { CompleteLane } from './complete-lane.ts';
import { checkDestinations } from './check-destinations.ts';
import { DetectionLane, type DetectionLaneProps } from './detection-lane.ts';
import { createLedger } from './ledger.ts';
import { type AuditLane, createNormaliser, errorsOf } from './normaliser.ts';
import { oldest, waiting } from './queue.ts';
import { Trail } from './trail.ts';

export { AuditDestination, DetectionLane };
export type { AuditLane, DetectionLaneProps };

/** What an {@link AuditTrail} needs for its {@link DetectionLane}. */
export type AuditDetections = Pick<DetectionLaneProps, 'access' | 'suppressions' | 'applicationTopics'>;

export interface AuditTrailProps {
  readonly environment: string;
  /**
   * Where the events go. Each destination has its own queue, function, secret and alarms.
   * @default - to none
   */
  readonly destinations?: readonly DestinationSettings[];
  /**
   * What is expected, and who is told what is not: every event goes to the detections too, with and without a destination.
   * Their alerts and alarms go to `alertTopic`, which they need.
   * @default - no detections
   */
  readonly detections?: AuditDetections;
  /**
   * Regions whose rules send audit events to this one. An alarm here pages if they can't.
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
  /**
   * How the environment's secrets are named.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /**
   * Template of the names of the destinations' secrets.
   * @default '{environment}/{application}/{secret}': `<environment>/strongroom/siem` for the destination `siem`, and
   * `<environment>/strongroom/<name>-siem` for another
   */
  readonly nameTemplate?: string;
  /** Key of the destinations' secrets; an alias will do. */
  readonly encryptionKey: IKey;
  /** Team that answers for the platform. */
  readonly owner: string;
  /** Name of the contact for the platform's alarms. */
  readonly contact: string;
  /**
   * Roles that put the values of the destinations' secrets.
   * @default - none but the break-glass role
   */
  readonly operators?: readonly IRole[];
  /**
   * Conditions of every access to those secrets, in addition to the policies.
   * @default - nothing more
   */
  readonly fences?: SecretFences;
  /**
   * Who is paged when events wait or can't be delivered, when the secret of a destination is changed, when the detections
   * find something, and without both when the trail is stopped or changed.
   * @default - no one
   */
  readonly alertTopic?: ITopic;
  /**
   * Address of the pages of docs/runbooks, without a slash at its end.
   * @default 'docs/runbooks'
   */
  readonly runbooks?: string;
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
   * PEM file of the authorities of destinations, if they are private ones.
   * @default - the public authorities
   */
  readonly certificateAuthorities?: string;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
}

/**
 * Every call to Secrets Manager in the account and region, reads among them, every use of a key for a secret of the
 * environment, and every change of a key's policy or alias. An event goes through EventBridge and a queue to a function
 * that normalises it, and from there into one queue per destination. What a destination doesn't take waits in its queue
 * for two weeks.
 *
 * @example
 * new AuditTrail(stack, 'Audit', {
 *   environment: 'prod',
 *   destinations: [
 *     {
 *       name: 'siem',
 *       type: 'splunk-hec',
 *       url: 'https://splunk.example.com:8088',
 *       index: 'aws_secrets',
 *       sourceType: 'ocsf:api_activity',
 *       view: 'ocsf',
 *       raw: false,
 *     },
 *   ],
 *   encryptionKey: key,
 *   owner: 'team-platform',
 *   contact: 'platform-oncall',
 * });
 */
export class AuditTrail extends Construct {
  /** From EventBridge to the queues of the destinations and of the detections; absent without both. */
  readonly lane: AuditLane | undefined;
  /** In the order of the props. */
  readonly destinations: readonly AuditDestination[];
  /** Which event was delivered to which destination; absent without a destination. */
  readonly ledger: Table | undefined;
  /** Absent without the prop `detections`. */
  readonly detections: DetectionLane | undefined;

  readonly #environment: string;

  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    markOwnStack(this);
    const { environment, destinations = [], alertTopic } = props;
    this.#environment = environment;
    checkDestinations(this, environment, destinations);
    const ledger = destinations.length > 0 ? createLedger(this, environment) : undefined;
    this.ledger = ledger;
    this.destinations = ledger
      ? destinations.map((settings) => new AuditDestination(this, { ...props, settings, ledger }))
      : [];
    this.detections = this.#createDetections(props);
    this.lane =
      ledger || this.detections
        ? createNormaliser(this, {
            ...props,
            destinations: this.destinations,
            ...(this.detections && { detectionQueue: this.detections.queue }),
          })
        : undefined;
    if ((props.trail ?? 'create') === 'create') {
      const trail = new Trail(this, 'Trail', { environment, retention: props.trailRetention ?? Duration.days(400) });
      if (ledger && this.lane) {
        const { deadLetterQueue: quarantine } = this.lane;
        new CompleteLane(this, 'CompleteLane', {
          ...props,
          trail,
          destinations: this.destinations,
          ledger,
          quarantine,
        });
      }
      if (!this.lane && alertTopic) this.#watchTrail(props, alertTopic);
    }
    if (ledger) closeGrants(ledger, tableGrants, 'the functions of the audit alone read and write it');
  }

  /** Events that a destination took, of all destinations. */
  metricDelivered(options?: MetricOptions): Metric {
    return this.#audit(metricName.auditEventsDelivered, options);
  }

  /** Events that a destination did not take, of all destinations; all but refused ones are sent again. */
  metricFailed(options?: MetricOptions): Metric {
    return this.#audit(metricName.auditEventsFailed, options);
  }

  /** Messages in the quarantine: input that is not an event, and events that could not be normalised. */
  metricQuarantine(options?: MetricOptions): Metric {
    return waiting(this.#laneOf('metricQuarantine').deadLetterQueue, options);
  }

  /** Seconds for which the oldest event has waited to be normalised. */
  metricAge(options?: MetricOptions): Metric {
    return oldest(this.#laneOf('metricAge').queue, options);
  }

  /** Failed invocations of the function that normalises. */
  metricErrors(options?: MetricOptions): Metric {
    return errorsOf(this.#laneOf('metricErrors').normaliser, options);
  }

  #createDetections({ detections, ...props }: AuditTrailProps): DetectionLane | undefined {
    if (!detections) return undefined;
    const { alertTopic } = props;
    if (!alertTopic) throw invalidProps(this, 'detections: there is no one to alert: set alertTopic');
    return new DetectionLane(this, 'Detections', {
      ...props,
      ...detections,
      alertTopic,
      destinations: this.destinations,
    });
  }

  #audit(name: string, options?: MetricOptions): Metric {
    if (!this.ledger) throw invalidProps(this, `${name} is a metric of the events for destinations: set destinations`);
    return eventMetric(name, { environment: this.#environment }, options);
  }

  #laneOf(metric: string): AuditLane {
    if (!this.lane)
      throw invalidProps(
        this,
        `${metric} is a metric of the events for destinations and detections: set one of the two`,
      );
    return this.lane;
  }

  /** With the lane, a destination or the detections tell of it. */
  #watchTrail({ environment, runbooks }: AuditTrailProps, topic: ITopic): void {
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
      runbook: runbookIn(runbooks, 'audit-trail-changed'),
    });
  }
}
