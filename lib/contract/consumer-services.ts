/** What a consumer can run on: the words of `runsOn` in the catalog. */
export const consumerServices = [
  'lambda',
  'ecs',
  'ecs-execution',
  'ec2',
  'eks',
  'eks-irsa',
  'github',
  'oidc',
  'roles-anywhere',
] as const;
export type ConsumerService = (typeof consumerServices)[number];
