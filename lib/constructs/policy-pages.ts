/** Policies of a role that grow with what it serves: another once the last is full, and a role may have ten. */
import { CfnManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * ARNs that fit into the 6,144 characters of a policy in addition to its statements, with the longest identifiers that AWS takes:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const arnsAPolicy = 36;

export class PolicyPages<Page> {
  readonly #create: (id: string) => Page;
  #count = 0;
  #last: { readonly page: Page; arns: number } | undefined;

  /** @param create - makes the policy with a construct id: `Policy1`, `Policy2`, … */
  constructor(create: (id: string) => Page) {
    this.#create = create;
  }

  /** A policy with room for so many ARNs. */
  pageFor(arns: number): Page {
    if (this.#last === undefined || this.#last.arns + arns > arnsAPolicy) {
      this.#count += 1;
      this.#last = { page: this.#create(`Policy${this.#count}`), arns: 0 };
    }
    this.#last.arns += arns;
    return this.#last.page;
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const policiesARole = 10;

/** What is wrong with the number of policies of a rotation function, all in these scopes: nothing, or one sentence. */
export const checkPolicyCount = (scopes: readonly IConstruct[], functionName: string): string[] => {
  const count = policiesIn(scopes);
  return count <= policiesARole
    ? []
    : [
        `The role of ${functionName} needs ${count} managed policies for the servers, users and keys of its secrets, and ` +
          `a role has ${policiesARole}: move applications into another environment, or rotate some of their secrets by hand`,
      ];
};

/** The same of a role that the organisation made, which may have policies of its own that are not known here. */
export const checkPolicyCountOfRole = (scopes: readonly IConstruct[], roleArn: string): string[] => {
  const count = policiesIn(scopes);
  return count <= policiesARole
    ? []
    : [
        `The role ${roleArn} needs ${count} managed policies for the secrets that its function rotates, and a role has ` +
          `${policiesARole}, those of its own among them: rotate some of the secrets by another function with another role`,
      ];
};

/** The same of a role with `grantRotate`. */
export const checkPolicyCountOfStarter = (scopes: readonly IConstruct[], rolePath: string): string[] => {
  const count = policiesIn(scopes);
  return count <= policiesARole
    ? []
    : [
        `The role ${rolePath} needs ${count} managed policies for the secrets that it is granted, and a role has ` +
          `${policiesARole}, those of its own among them: grant some of the secrets to another role`,
      ];
};

const policiesIn = (scopes: readonly IConstruct[]): number =>
  scopes.flatMap((scope) => scope.node.findAll()).filter((one) => one instanceof CfnManagedPolicy).length;
