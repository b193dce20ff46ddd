/** Which stacks of an app are Strongroom's: those with one of its constructs. */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** `strongroom`: the stacks that have a construct of Strongroom. `all`: every stack of the app. */
export type StackScope = 'strongroom' | 'all';

/** On the stack itself: an app can contain the package twice. */
const mark = Symbol.for('strongroom.own-stack');

/** Called by every construct that Strongroom exports. */
export const markOwnStack = (construct: IConstruct): void => {
  Object.defineProperty(Stack.of(construct), mark, { value: true });
};

/** Strongroom's stacks in a tree; a nested stack counts as part of the one that it is nested in. */
export const ownStacksIn = (tree: IConstruct): Stack[] => {
  const own = tree.node.findAll().filter((one): one is Stack => Stack.isStack(one) && mark in one);
  return own.filter((stack) => !own.some((other) => other !== stack && stack.node.scopes.includes(other)));
};
