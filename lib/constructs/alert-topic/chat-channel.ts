/** Alarms in a chat: a channel of Slack or Microsoft Teams, through Amazon Q Developer in chat applications. */
import { createHash } from 'node:crypto';
import { CfnMicrosoftTeamsChannelConfiguration, CfnSlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import {
  ManagedPolicy,
  PolicyStatement,
  Role,
  ServicePrincipal,
  type IManagedPolicy,
  type IRole,
} from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ContactWithTopic } from '../../model/catalog.ts';
import { alertTopicName } from '../../contract/index.ts';
import { acknowledge, acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { closeGrants, roleGrants } from '../close-grants.ts';

export interface ChatAccessProps {
  readonly environment: string;
}

/**
 * The role of an environment's channels and their guardrail. Members of a channel can give commands, and the service takes
 * `AdministratorAccess` for the guardrail if there is none: here both are what the graph of an alarm needs.
 *
 * @example
 * const { key } = new AlertKey(stack, 'AlertKey', { environment: 'prod' });
 * const chatAccess = new ChatAccess(stack, 'ChatAccess', { environment: 'prod' });
 * const contact = { name: 'shop', slack: { workspace: 'T0123456789', channel: 'C0123456789' } };
 * new AlertTopic(stack, 'Shop', { environment: 'prod', contact, encryptionKey: key, chatAccess });
 */
export class ChatAccess extends Construct {
  readonly role: IRole;
  /** What a member of a channel can do at most, under whatever role. */
  readonly guardrail: IManagedPolicy;

  constructor(scope: Construct, id: string, { environment }: ChatAccessProps) {
    super(scope, id);
    markOwnStack(this);
    const role = new Role(this, 'Role', {
      description: `What chat channels with alerts of ${environment} show`,
      assumedBy: new ServicePrincipal('chatbot.amazonaws.com'),
    });
    acknowledge(role, {
      'Strongroom-ConfusedDeputy[chatbot.amazonaws.com]':
        'A channel is given a role of its own account alone (iam:PassRole), and this one only reads metrics of alarms.',
    });
    const guardrail = new ManagedPolicy(this, 'Guardrail', {
      description: `At most what chat channels with alerts of ${environment} show`,
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData', 'cloudwatch:GetMetricWidgetImage'],
          resources: ['*'],
        }),
      ],
    });
    acknowledgeWildcards(guardrail, {
      '*': 'GetMetricData and GetMetricWidgetImage have no resource-level permission, and alarms hold no secret.',
    });
    this.role = closeGrants(role, roleGrants, 'its policy is complete, and the guardrail denies the rest');
    this.guardrail = guardrail;
  }
}

export interface ChatChannelProps {
  readonly environment: string;
  readonly contact: Extract<ContactWithTopic, { slack: unknown } | { teams: unknown }>;
  readonly topic: ITopic;
  readonly access: ChatAccess;
}

/** The workspace, or the team, must be authorised in the account before: by hand, in the console of the service. */
export class ChatChannel extends Construct {
  constructor(scope: Construct, id: string, { environment, contact, topic, access }: ChatChannelProps) {
    super(scope, id);
    const shared = {
      configurationName: configurationName(environment, contact),
      iamRoleArn: access.role.roleArn,
      guardrailPolicies: [access.guardrail.managedPolicyArn],
      snsTopicArns: [topic.topicArn],
      userRoleRequired: false,
    };
    if ('slack' in contact) {
      new CfnSlackChannelConfiguration(this, 'Slack', {
        ...shared,
        slackWorkspaceId: contact.slack.workspace,
        slackChannelId: contact.slack.channel,
      });
    } else {
      new CfnMicrosoftTeamsChannelConfiguration(this, 'Teams', {
        ...shared,
        teamsTenantId: contact.teams.tenant,
        teamId: contact.teams.team,
        teamsChannelId: contact.teams.channel,
      });
    }
  }
}

/**
 * Unique in an account over all its regions, at most 128 characters. CloudFormation replaces a configuration whose workspace
 * or team changes, and makes the new one first: so these are in the name.
 */
const configurationName = (environment: string, contact: ChatChannelProps['contact']): string => {
  const topicName = alertTopicName(environment, contact.name);
  const channel = 'slack' in contact ? [contact.slack.workspace] : [contact.teams.tenant, contact.teams.team];
  const hash = createHash('sha256')
    .update([topicName, ...channel].join(' '))
    .digest('hex');
  return `${topicName.slice(0, 115)}-${hash.slice(0, 12)}`;
};
